import type { TaskAdapter } from '../../local/states/adapters/adapter.ts';

/** Calls `when` as soon as the state of that name is entered, before its work is done. */
export const entering = (state: string, when: () => void) => (own: TaskAdapter[]) =>
  own.map((adapter) => ({
    ...adapter,
    async submit(...[args, call]: Parameters<TaskAdapter['submit']>) {
      if (call.stateName === state) when();
      return adapter.submit(args, call);
    },
  }));
