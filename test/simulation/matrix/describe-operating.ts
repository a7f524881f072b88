import { type ErrorName, errorTable } from '../../../tasks/core/errors.ts';
import type { Cell } from './cell.ts';

const HEAD = `# Operating

## An alert came

Its first lines say what broke, why, and what to do; then come the commands and the links. Nothing is lost and nothing
burns money meanwhile: clusters and jobs of a failed run are asked to end at once, its uploads wait as FAILED, and later
uploads go on without it.

| what you want | how |
| --- | --- |
| go on from where it failed, once the cause is mended | \`./tidegate redrive RUN\`, or \`aws stepfunctions redrive-execution --execution-arn ARN\` (for 14 days) |
| do it again from the start, also of what was loaded | \`./tidegate replay RUN\` or \`./tidegate replay s3://BUCKET/KEY\` |
| load all files of a dataset again, into a table of another name, say | \`./tidegate backfill DATASET --again\` |
| see the newest runs of a dataset and what waits | \`./tidegate runs DATASET\` |
| mend quarantined rows and load them | \`./tidegate quarantine DATASET\`, then \`./tidegate mend\` ([mending](mending.md)) |
| stop a run | \`aws stepfunctions stop-execution --execution-arn ARN\`; it can be redriven |

Redrive or replay: a redrive is the same run, with the contract it began with; Spark does not run again when its manifest
is there. A replay is a new run under the contract as it is now. Both may be done twice, in any order, or while other
runs go on: rows are merged by rank, so the table comes out the same.

What every error in every state comes to stands in [failures](failures.md).

## No alert came, and yet

| what you see | what it means | what to do |
| --- | --- | --- |
| an execution FAILED, ABORTED or TIMED_OUT and no alert | a sweep sends it within 15 minutes; an alarm says so when none can, or none comes | wait that long, then read the execution and check the topic's subscription |
| the alarm SweepsFail or SweepsMissing | the function CleanUp fails or is not called: what ended executions left may stay, and people may not be told of failures | read its log; grant what is missing, or enable the rule Sweep; the next sweep makes up for it |
| the alarm on dead letters | events of uploads did not reach the state machine | \`./tidegate backfill DATASET --since DATE\`: uploads that are known already are skipped; then purge the queue as the alarm says, or it tells of no further event |
| a message that the maintenance of the tables failed | small files are not joined and old ones not removed: rows are right, and reading gets slower | read the log of that run of the Glue job, mend the cause, and start the job again; it also runs every night |
| an upload stays WAITING | a run of its dataset goes on, or one that was cut still holds the gate: the next sweep asks for the end of its work and frees the gate | \`./tidegate runs DATASET\`; after two sweeps, \`aws stepfunctions start-execution --input '{"dataset":"DATASET"}'\` |
| an execution ended SUCCEEDED and loaded nothing: Queued, Duplicate, NothingWaiting | the file is loaded by another run, was loaded before, or nothing waited | nothing |
| ... Ignored: \`No dataset "..."\` | the first folder of its key is no deployed dataset's name; whoever puts files into the bucket is not told | is it misspelt, or in other case: put the file under the right one. Is the contract not deployed yet: deploy it, then \`./tidegate backfill DATASET\` |
| ... Ignored: it is empty, a folder marker, or in another bucket | there is nothing to load | nothing; where rows were meant, upload the file anew |
| no file comes any more | nothing watches that files come; the contract's \`frequency\` never alerts | \`./tidegate runs DATASET\` shows when the last one came; ask who sends them |
| the table in BigQuery was deleted with its ledger, or is an older one that was restored | the next run makes or takes it, and brings its own rows only | \`./tidegate backfill DATASET --again\` (or \`replay RUN\` for each run whose rows it lacks), and adopt again what was adopted |
| rows are missing in the table | a newer upload has their keys, or they are quarantined | the notice of the run names the rule and the first row; \`./tidegate quarantine DATASET\` shows them |

## Each error
`;

/** States that come after a failure: what fails there is not what the run ended by, or is told as UnexpectedFailure. */
const AFTERWARDS = new Set(['DiagnoseFailure', 'Alert', 'CleanUp', 'RedriveGate']);

/** The runbook as Markdown: for each error what it means, what to do, and what a redrive then does. */
export function describeOperating(cells: readonly Cell[]): string {
  const names = Object.keys(errorTable) as ErrorName[];
  return `${HEAD}${names.map((name) => section(name, cells)).join('')}`;
}

function section(name: ErrorName, cells: readonly Cell[]): string {
  const { kind, meaning, hint } = errorTable[name];
  const ended = cells.filter(
    ({ ends, error, state }) => ends === `FAILED ${name}` && error !== name && !AFTERWARDS.has(state),
  );
  const causes = new Map<string, string[]>();
  for (const { state, error } of ended)
    causes.set(state, [...new Set([...(causes.get(state) ?? []), error])]);
  const redrives = [...new Set(ended.map(({ redrive }) => redrive))];
  return [
    `\n### ${name}`,
    '',
    `${meaning} ${kind === 'Transient' ? 'It passes: it was tried again, and did not pass soon enough.' : ''}`.trim(),
    '',
    `- **Do:** ${hint}`,
    ...(causes.size > 0 ? [`- **Behind it, besides a task that says so itself:** ${behind(causes)}`] : []),
    ...(redrives.length > 0 ? [`- **A redrive goes on with:** ${redrives.join('; or ')}.`] : []),
    '',
  ].join('\n');
}

/** States in which the same things are behind it stand together. */
function behind(causes: Map<string, string[]>): string {
  const states = new Map<string, string[]>();
  for (const [state, errors] of causes) {
    const text = errors.join(', ');
    states.set(text, [...(states.get(text) ?? []), state]);
  }
  return [...states].map(([errors, names]) => `${errors} (in ${names.join(', ')})`).join('; ');
}
