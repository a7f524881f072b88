import type { TaskAdapter } from './adapter.ts';

/** The adapter of a Resource: the one of that very name before one that covers it by a trailing `*`. */
export function findAdapter(adapters: readonly TaskAdapter[], resource: string): TaskAdapter | undefined {
  return (
    adapters.find((adapter) => adapter.resource === resource) ??
    adapters.find(
      ({ resource: covered, form }) =>
        covered.endsWith('*') &&
        resource.startsWith(covered.slice(0, -1)) &&
        (form === undefined || form.test(resource)),
    )
  );
}
