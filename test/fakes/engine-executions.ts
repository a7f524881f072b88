import type { Store } from '../../local/states/store/store.ts';
import type { Executions } from '../../tasks/core/ports.ts';

/** What the tasks ask Step Functions, answered by the interpreter's store. */
export function engineExecutions(world: {
  store: Store;
  stateMachineArn: string;
  /** Saves what the engine has not saved yet. */
  flush: () => void;
  /** One of that name already started is left as it is. */
  start: (name: string, input: unknown) => void;
}): Executions {
  const { store, flush, start, stateMachineArn } = world;
  return {
    async start(name, input) {
      start(name, input);
    },
    async describe(arn) {
      flush();
      const record = store.execution(arn);
      return record
        ? {
            arn,
            name: record.name,
            status: record.status,
            startedAt: new Date(record.startMs),
            redriveCount: record.redriveCount,
            input: JSON.parse(record.input),
            error: record.error ?? null,
            cause: record.cause ?? null,
          }
        : null;
    },
    async endedBadlySince(time) {
      flush();
      return store
        .executions({ stateMachineArn, limit: 1_000_000 })
        .filter(({ status }) => status !== 'RUNNING' && status !== 'SUCCEEDED')
        .filter(({ stopMs = 0 }) => stopMs >= time.getTime())
        .map(({ arn, redriveCount }) => ({ arn, redriveCount }));
    },
    async outputsOf(arn, stateName) {
      flush();
      const events = store.events(arn, 1, 25_000);
      const since = events.findLastIndex(({ type }) => type === 'ExecutionRedriven');
      return events
        .slice(since + 1)
        .filter(({ type, details }) => type.endsWith('StateExited') && details?.['name'] === stateName)
        .map(({ details }) => JSON.parse(String(details?.['output'])));
    },
  };
}

export const executionArn = (stateMachineArn: string, name: string): string =>
  `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
