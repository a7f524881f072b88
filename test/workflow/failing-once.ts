import { type TaskAdapter, TaskFailure } from '../../local/states/adapters/adapter.ts';

/** Makes the Task of a state fail with an error before its effect, as often as said; then it works. */
export function failingIn(state: string, error: string, cause: string, times = 1) {
  let left = times;
  return (own: TaskAdapter[]): TaskAdapter[] =>
    own.map((adapter) => ({
      ...adapter,
      async submit(args, call) {
        if (call.stateName === state && left > 0) {
          left -= 1;
          throw new TaskFailure(error, cause);
        }
        return adapter.submit(args, call);
      },
    }));
}
