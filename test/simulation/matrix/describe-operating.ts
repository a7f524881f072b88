import { type ErrorName, errorTable } from '../../../tasks/core/errors.ts';
import type { Cell } from './cell.ts';

const HEAD = `# Operating

What to do when an alert comes, when something looks wrong without one, and for each error by name.

## An alert came

Its first lines say what broke, why, and what to do; commands and links follow. Nothing is lost, and no money is wasted
while you look: the clusters and jobs of a failed run are told to stop at once, its uploads wait as FAILED, and later
uploads are loaded without it.

| to do this | run |
| --- | --- |
| resume where it failed, once the cause is fixed | \`./tidegate redrive RUN\`, or \`aws stepfunctions redrive-execution --execution-arn ARN\` (for 14 days) |
| start over, including uploads that were already loaded | \`./tidegate replay RUN\` or \`./tidegate replay s3://BUCKET/KEY\` |
| load all files of a dataset again, for example into a table with another name | \`./tidegate backfill DATASET --again\` |
| see the newest runs of a dataset and what waits | \`./tidegate runs DATASET\` |
| mend quarantined rows and load them | \`./tidegate quarantine DATASET\`, then \`./tidegate mend\` ([mending](mending.md)) |
| stop a run | \`aws stepfunctions stop-execution --execution-arn ARN\`; it can be redriven |

Redrive or replay? A redrive continues the same run, with the contract it began with; Spark does not run again if its
manifest is there. A replay is a new run under the current contract. Both may be repeated, in any order, even while
other runs are going on: rows are merged by rank, so the table comes out the same.

[Failures](failures.md) lists the outcome of every error in every state.

## No alert came, and yet

| what you see | what it means | what to do |
| --- | --- | --- |
| an execution is FAILED, ABORTED or TIMED_OUT, without an alert | a sweep sends the alert within 15 minutes; an alarm reports if sweeps fail or stop | wait that long, then read the execution and check the topic's subscription |
| the alarm SweepsFail or SweepsMissing | the function CleanUp fails or is not called: leftovers of ended executions may remain, and failures may go unreported | read its log; grant what is missing, or enable the rule Sweep; the next sweep catches up |
| the alarm on dead letters | upload events did not reach the state machine | \`./tidegate backfill DATASET --since DATE\`: it skips uploads that are already known; then purge the queue as the alarm says, or the alarm reports no further event |
| a message that the maintenance of the tables failed | small files are not compacted and old ones not removed: rows are correct, but reads get slower | read the log of that Glue job run, fix the cause, and start the job again; it also runs every night |
| an upload stays WAITING | a run of its dataset is going on, or a run that was cut off still holds the gate: the next sweep stops its work and frees the gate | \`./tidegate runs DATASET\`; after two sweeps, \`aws stepfunctions start-execution --input '{"dataset":"DATASET"}'\` |
| an execution ended SUCCEEDED but loaded nothing: Queued, Duplicate, NothingWaiting | another run loads the file, or it was already loaded, or nothing was waiting | nothing |
| ... Ignored: \`No dataset "..."\` | the first folder of the key is not the name of a deployed dataset; whoever uploaded the file is not notified | if the folder is misspelt or in the wrong case, upload the file to the right one; if the contract is not deployed yet, deploy it, then \`./tidegate backfill DATASET\` |
| ... Ignored: it is empty, a folder marker, or in another bucket | there is nothing to load | nothing; if it should have had rows, upload the file again |
| no more files arrive | nothing watches for missing files; the contract's \`frequency\` never alerts | \`./tidegate runs DATASET\` shows when the last one came; ask the sender |
| the table in BigQuery was deleted together with its ledger, or an older copy was restored | the next run creates or uses it, and brings only its own rows | \`./tidegate backfill DATASET --again\` (or \`replay RUN\` for each run whose rows are missing), and adopt again what was adopted |
| rows are missing in the table | a newer upload has the same keys, or the rows are quarantined | the run's notice names the rule and the first row; \`./tidegate quarantine DATASET\` shows them |

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
    `${meaning} ${kind === 'Transient' ? 'It is transient: it was retried, and did not pass in time.' : ''}`.trim(),
    '',
    `- **What to do:** ${hint}`,
    ...(causes.size > 0 ? [`- **Caused by, besides a task that reports it itself:** ${behind(causes)}`] : []),
    ...(redrives.length > 0 ? [`- **A redrive resumes at:** ${redrives.join('; or ')}.`] : []),
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
