export interface Measured {
  seconds: number;
  /** Of the process that copies. */
  cpuSeconds: number;
  peakRssMiB: number;
}

/** Runs once in this process, and tells the parent what it took. */
export async function measure(act: () => Promise<unknown>): Promise<void> {
  const [started, cpu] = [performance.now(), process.cpuUsage()];
  await act();
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  process.send?.({
    seconds,
    cpuSeconds: (user + system) / 1e6,
    peakRssMiB: process.resourceUsage().maxRSS / 1024,
  } satisfies Measured);
  process.disconnect();
}
