import { parseArgs } from 'node:util';
import type { Story } from './check-seed.ts';
import { runHistories } from './run-histories.ts';

/** Of so many broken promises all is told, of the others the seed. */
const MOST_TOLD = 5;

const { values } = parseArgs({
  options: {
    histories: { type: 'string', default: '10000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    workers: { type: 'string', default: '2' },
    plant: { type: 'string' },
  },
});
const one = values.seed !== undefined && values.seed !== '';
const started = performance.now();
const report = await runHistories(
  {
    firstSeed: Number(one ? values.seed : values.from),
    histories: one ? 1 : Number(values.histories),
    workers: one ? 1 : Number(values.workers),
    tells: one,
    ...(values.plant && { plant: values.plant, untilBroken: true }),
  },
  ({ histories, counterexamples }, story) => {
    if (story && counterexamples.length <= MOST_TOLD) process.stdout.write(tell(story));
    if (histories % 500 === 0)
      process.stderr.write(`${histories} histories, ${counterexamples.length} broken\n`);
  },
);
const seconds = (performance.now() - started) / 1000;
const bad = report.counterexamples.map(({ seed }) => seed);
process.stdout.write(
  `${report.histories} histories of ${report.executions} executions and ${report.faults} faults in ${seconds.toFixed(0)} s: ` +
    `${bad.length === 0 ? 'every promise kept' : `${bad.length} broken, by the seeds ${bad.join(' ')}`}\n`,
);
process.exitCode = bad.length === 0 ? 0 : 1;

function tell({ seed, history, broken, log }: Story): string {
  const head =
    broken.length === 0
      ? [`Seed ${seed} keeps every promise:`]
      : [
          `Seed ${seed} breaks a promise. Alone: make simulate SEED=${seed}`,
          ...broken.map((promise) => `  promise ${promise}`),
          'The smallest history found that does:',
        ];
  return [...head, JSON.stringify(history, null, 1), ...log, '', ''].join('\n');
}
