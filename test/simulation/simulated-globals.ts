import { presentWorld } from './adapters/ports.ts';

/** From now on this process has the present world's time and chance: tasks ask for them by `new Date` and Math.random. */
export function simulateGlobals(): void {
  const RealDate = Date;
  class SimulatedDate extends RealDate {
    constructor(...args: unknown[]) {
      super(...((args.length > 0 ? args : [presentWorld().now()]) as []));
    }
    static override now(): number {
      return presentWorld().now();
    }
  }
  globalThis.Date = SimulatedDate as DateConstructor;
  Math.random = () => presentWorld().random();
}
