import type { PortName, World } from '../world.ts';

let present: World | null = null;

/** The world that every port speaks to from now on. */
export function enterWorld(world: World): void {
  present = world;
}

export function presentWorld(): World {
  if (!present) throw new Error('no history is under way');
  return present;
}

/** They only put names together and call nobody. */
const LOCAL_METHODS = new Set(['uri']);

/**
 * A port of the tasks, as their adapters give it: each call is one of the present world, where it may be slow, fail
 * before or after its effect, or be the last that its Lambda makes.
 */
export function port<Port extends object>(name: PortName): Port {
  return new Proxy({} as Port, {
    get: (_, method: string) =>
      LOCAL_METHODS.has(method)
        ? (...args: unknown[]) => presentWorld().method(name, method)(...args)
        : (...args: unknown[]) => presentWorld().call(name, method, args),
  });
}
