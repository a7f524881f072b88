import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TaskAdapter } from './adapters/adapter.ts';
import { httpServer } from './api/http-server.ts';
import type { Clock } from './clock/clock.ts';
import { realClock } from './clock/real-clock.ts';
import { createEngine } from './run/engine.ts';
import { memoryStore } from './store/memory-store.ts';
import type { Store } from './store/store.ts';

const LOOPBACK = '127.0.0.1';

export interface StatesServerOptions {
  /** 0 takes a free one. */
  readonly port?: number;
  readonly adapters: readonly TaskAdapter[];
  /** Absent: this machine's own time. */
  readonly clock?: Clock;
  /** Absent: everything is kept in memory. */
  readonly store?: Store;
  readonly region?: string;
  readonly account?: string;
  readonly random?: () => number;
  readonly uuid?: () => string;
}

export interface StatesServer {
  /** Where clients reach it, e.g. `http://127.0.0.1:4566`. */
  readonly url: string;
  /** Resolves when the execution runs no more. */
  finished(executionArn: string): Promise<void>;
  /** Lets go of what is under way, saves it and closes the store. A later server on the store goes on with it. */
  close(): Promise<void>;
}

/** Starts a Step Functions endpoint, and goes on with the executions that its store says are running. */
export async function createStatesServer(options: StatesServerOptions): Promise<StatesServer> {
  const clock = options.clock ?? realClock();
  const store = options.store ?? memoryStore();
  const place = { region: options.region ?? 'us-east-1', account: options.account ?? '123456789012' };
  const uuid = options.uuid ?? randomUUID;
  const engine = createEngine({
    clock,
    store,
    adapters: options.adapters,
    region: place.region,
    random: options.random ?? Math.random,
    uuid,
  });
  const server = httpServer({ engine, store, clock, place, adapters: options.adapters, uuid });
  const port = await listen(server, options.port ?? 0);
  engine.resume();
  return {
    url: `http://${LOOPBACK}:${port}`,
    finished: (arn) => engine.finished(arn),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      engine.close();
      store.close();
    },
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, LOOPBACK, () => resolve((server.address() as AddressInfo).port));
  });
}
