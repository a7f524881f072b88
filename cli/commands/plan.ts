import { parseArgs } from 'node:util';
import type { Command } from './commands.ts';
import { planFilter } from './plan-filter.ts';

export const plan: Command = {
  synopsis: '--jsonl',
  summary: 'choose clusters for jobs that were measured',
  help: `With --jsonl it is a filter: each line of standard input is a question
  {"job","features":{name:number},"candidates":[{"instanceType","instanceCount","vcpu","memoryGiB","pricePerHour"}],
   "deadlineSeconds","history":[{"features","instanceType","instanceCount","runtimeSeconds"}]}
and is answered at once by a line {"instanceType","instanceCount","predictedSeconds","low","high"}: the cheapest
candidate expected to meet the deadline, and 90% bounds of its time. vcpu, memoryGiB and pricePerHour are of one
instance; features with "size" in their name tell how much input there is, of the others nothing is known.`,
  run: async (args) => {
    const { values } = parseArgs({ args: [...args], options: { jsonl: { type: 'boolean' } } });
    if (values.jsonl) return (await planFilter(process.stdin, process.stdout)) ? 0 : 1;
    process.stderr.write('tidegate plan: expected --jsonl, found nothing to plan.\n');
    return 2;
  },
};
