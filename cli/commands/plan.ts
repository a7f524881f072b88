import { ArgumentFailure, commandArguments } from '../command-arguments.ts';
import type { Command } from './command.ts';

export const plan: Command = {
  synopsis: 'FILE... | --rows N --bytes M | --jsonl',
  summary: 'show what compute a run would get, and why',
  help: `Inspects each FILE (local, or s3://BUCKET/KEY) as the workflow does, or assumes
the given rows and bytes, and prints the plan: what was seen, the rules that
fired and how strongly, candidates with time and price, the choice, and why not
the next one.
  --dataset NAME  whose contract applies (default: the folder of the file, if
                  TIDEGATE_DATASETS, or else datasets, has a dataset so named)
  --promise TIME  instead of the contract's latency, or of 1h: 90s, 30m, 2h
  --engine NAME   instead of the contract's: auto, emr, glue
  --learned       learn times from the dataset's runs that the deployment has
                  recorded (in TIDEGATE_STATE_TABLE)
  --json          print the plan as JSON
With --jsonl it is a filter, for judging it on other people's clusters: each
line of standard input is a question
  {"job","features":{name:number},
   "candidates":[{"instanceType","instanceCount","vcpu","memoryGiB",
                  "pricePerHour"}],
   "deadlineSeconds",
   "history":[{"features","instanceType","instanceCount","runtimeSeconds"}]}
answered at once by a line with the cheapest candidate expected to meet the
deadline, and the 90% bounds of its time
  {"instanceType","instanceCount","predictedSeconds","low","high"}
vcpu, memoryGiB and pricePerHour are per instance. Features with "size" in their
name say how much input there is; nothing is assumed about the others. Without
history, predictedSeconds follows from the deadline: that somebody set it says
more about the job than any rate does.`,
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
