import { ArgumentFailure, commandArguments } from '../command-arguments.ts';
import type { Command } from './command.ts';

export const plan: Command = {
  synopsis: 'FILE... | --rows N --bytes M | --jsonl',
  summary: 'tell what compute a run would get, and why',
  help: `Looks into each FILE, here or s3://BUCKET/KEY, as the workflow does, or takes so
many rows and bytes, and prints the plan: what was seen, the rules that fired
with their strengths, candidates with time and price, the choice, and why not
the next.
  --dataset NAME  whose contract holds (default: the folder that the file is in,
                  where TIDEGATE_DATASETS, else datasets, has one of that name)
  --promise TIME  instead of the contract's latency, or of 1h: 90s, 30m, 2h
  --engine NAME   instead of the contract's: auto, emr, glue
  --learned       times by the runs that the deployment of TIDEGATE_STATE_TABLE
                  has recorded of the dataset
  --json          the plan for programs
With --jsonl it is a filter, to be judged on other people's clusters: each line
of standard input is a question
  {"job","features":{name:number},
   "candidates":[{"instanceType","instanceCount","vcpu","memoryGiB",
                  "pricePerHour"}],
   "deadlineSeconds",
   "history":[{"features","instanceType","instanceCount","runtimeSeconds"}]}
and is answered at once by a line that tells the cheapest candidate expected to
meet the deadline, and 90% bounds of its time
  {"instanceType","instanceCount","predictedSeconds","low","high"}
vcpu, memoryGiB and pricePerHour are of one instance; features with "size" in
their name tell how much input there is, of the others nothing is known. With no
history predictedSeconds follows from the deadline: that it is there to be kept
tells more than any rate does.`,
  async run(args) {
    const { positionals, values } = commandArguments(args, {
      needed: [],
      more: Number.POSITIVE_INFINITY,
      options: {
        jsonl: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        learned: { type: 'boolean', default: false },
        rows: { type: 'string' },
        bytes: { type: 'string' },
        dataset: { type: 'string' },
        promise: { type: 'string' },
        engine: { type: 'string' },
      },
    });
    const other = args.find((arg) => arg !== '--jsonl');
    if (values.jsonl && other !== undefined)
      throw new ArgumentFailure(`--jsonl: expected questions on standard input alone, found "${other}".`);
    // Each is loaded when it is asked for: the filter's first answer is to come at once.
    if (values.jsonl) {
      const { planFilter } = await import('../planning/plan-filter.ts');
      return (await planFilter(process.stdin, process.stdout)) ? 0 : 1;
    }
    const { planFiles } = await import('../planning/plan-files.ts');
    process.stdout.write(`${await planFiles(positionals, values)}\n`);
    return 0;
  },
};
