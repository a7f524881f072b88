import type { TaskAdapter } from '../adapters/adapter.ts';
import type { Clock } from '../clock/clock.ts';
import type { Engine } from '../run/engine.ts';
import type { Store } from '../store/store.ts';
import type { Place } from './arns.ts';

/** What the calls work on. */
export interface Service {
  readonly engine: Engine;
  readonly store: Store;
  readonly clock: Clock;
  readonly place: Place;
  readonly adapters: readonly TaskAdapter[];
  readonly uuid: () => string;
}

/** An API call: the parsed body in, the answer's body out. Throws ApiError. */
export type Call = (service: Service, body: unknown) => unknown;
