import type { TaskAdapter } from '../../local/states/adapters/adapter.ts';
import { validateDefinition } from '../../local/states/definition/validate-definition.ts';
import { createEngine } from '../../local/states/run/engine.ts';
import type { ExecutionRecord } from '../../local/states/store/records.ts';
import { presentWorld } from './adapters/ports.ts';
import { STATE_MACHINE_ARN } from './environment.ts';
import { integrations } from './integrations.ts';
import type { World } from './world.ts';

/** Starts, redrives and stops executions of the workflow in the present world. */
export interface Executor {
  /** One of that name already started is left as it is. */
  start(name: string, input: unknown, timeLimitSeconds?: number): void;
  redrive(record: ExecutionRecord): void;
  abort(record: ExecutionRecord): void;
  /** Saves what is not saved yet. */
  flush(): void;
  /** Lets go of all that still runs in a world that is left. */
  leave(world: World): void;
}

export const executionArn = (name: string): string =>
  `${STATE_MACHINE_ARN.replace(':stateMachine:', ':execution:')}:${name}`;

/**
 * The real interpreter. There is one for all histories, so that expressions are compiled once; whatever it holds of
 * time, chance and records is the present world's.
 */
export function createExecutor(definition: string): Executor {
  const adapters: TaskAdapter[] = integrations(presentWorld);
  const problems = validateDefinition(definition, adapters);
  if (problems.length > 0) throw new Error(`the definition is refused: ${JSON.stringify(problems)}`);
  let uuids = 0;
  const engine = createEngine({
    clock: {
      now: () => presentWorld().clock.now(),
      sleepUntil: (until, signal) => presentWorld().clock.sleepUntil(until, signal),
      hold: (work) => work(),
    },
    store: new Proxy({} as World['store'], {
      get: (_, member) => Reflect.get(presentWorld().store, member),
    }),
    adapters,
    region: 'us-east-1',
    random: () => presentWorld().random(),
    uuid: () => `00000000-0000-4000-8000-${String(uuids++).padStart(12, '0')}`,
  });
  return {
    start(name, input, timeLimitSeconds) {
      const { store, clock } = presentWorld();
      const arn = executionArn(name);
      if (store.execution(arn)) return;
      engine.start({
        arn,
        name,
        stateMachineArn: STATE_MACHINE_ARN,
        stateMachineName: 'ingest',
        definition: timeLimitSeconds === undefined ? definition : limited(definition, timeLimitSeconds),
        definedMs: clock.now(),
        roleArn: 'arn:aws:iam::123456789012:role/ingest',
        settings: {},
        input: JSON.stringify(input),
        startMs: clock.now(),
        sequence: store.lastSequence() + 1,
        status: 'RUNNING',
        lastEventId: 0,
        nextFrameId: 0,
        redriveCount: 0,
        redriveTokens: [],
      });
    },
    redrive(record) {
      // Whatever made it too slow for its limit is over.
      Object.assign(record, { definition });
      engine.redrive(record);
    },
    abort: (record) => void engine.stop(record.arn, { error: 'Aborted', cause: 'by a person' }),
    flush: () => engine.flush(),
    leave({ store }) {
      engine.flush();
      for (const { arn } of store.runningExecutions()) engine.stop(arn, {});
      engine.flush();
    },
  };
}

const limited = (definition: string, seconds: number): string =>
  JSON.stringify({ ...JSON.parse(definition), TimeoutSeconds: seconds });
