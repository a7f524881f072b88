import { fork } from 'node:child_process';
import path from 'node:path';
import type { Story } from './check-seed.ts';
import type { Order, Told } from './worker.ts';

export interface Request {
  firstSeed: number;
  histories: number;
  workers: number;
  plant?: string;
  /** Stop at the first promise that is broken. */
  untilBroken?: boolean;
  /** Tell the stories of those that keep every promise too. */
  tells?: boolean;
}

export interface Report {
  histories: number;
  executions: number;
  faults: number;
  counterexamples: Story[];
}

/** Lives through histories in processes of their own. */
export async function runHistories(
  { firstSeed, histories, workers, plant, untilBroken, tells = false }: Request,
  progress: (report: Report, story: Story | null) => void = () => {},
): Promise<Report> {
  const report: Report = { histories: 0, executions: 0, faults: 0, counterexamples: [] };
  const children = Array.from({ length: workers }, (_, index) => {
    const child = fork(path.join(import.meta.dirname, 'worker.ts'), { execArgv: ['--no-warnings'] });
    const count = Math.ceil((histories - index) / workers);
    const order: Order = {
      seeds: { first: firstSeed + index, step: workers, count },
      plant: plant ?? null,
      shrinks: !untilBroken,
      tells,
    };
    child.send(order);
    return child;
  });
  await Promise.all(
    children.map(
      (child) =>
        new Promise<void>((resolve, reject) => {
          child.on('message', ({ executions, struck, story }: Told) => {
            report.histories += 1;
            report.executions += executions;
            report.faults += struck;
            const isBroken = story !== null && story.broken.length > 0;
            if (isBroken) report.counterexamples.push(story);
            progress(report, story);
            if (isBroken && untilBroken) for (const each of children) each.kill();
          });
          child.once('error', reject);
          child.once('exit', (code, signal) => {
            if (code === 0 || signal === 'SIGTERM') resolve();
            else reject(new Error(`a worker ended with ${code ?? signal}`));
          });
        }),
    ),
  );
  return report;
}
