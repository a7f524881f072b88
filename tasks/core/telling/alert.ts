import { type ErrorEntry, type ErrorName, errorTable } from '../errors.ts';
import { attemptFolder } from '../folders/folders.ts';
import type { RunRecord } from '../records.ts';
import { executionLink, type Link, objectsLink, regionOf } from './console-links.ts';
import { counted } from './counted.ts';
import { shellQuoted } from './shell-quoted.ts';
import { subjectLine } from './subject-line.ts';

export interface AlertFacts {
  error: ErrorName;
  /** What went wrong, in the words of whoever noticed. */
  cause: string;
  /** The state that failed; null: none, the execution was ended from outside. */
  state: string | null;
  execution: { arn: string; name: string; input: unknown };
  /** Null: it failed before it had a run. */
  run: Pick<RunRecord, 'dataset' | 'runId' | 'uploads'> | null;
  attempt: number;
  /** Where to look besides the execution and the attempt's folder. */
  links: Link[];
  stateMachineArn: string;
  destinationBucket: string;
}

/** An SNS message holds 256 KiB, a person much less. */
const MAX_CAUSE_LENGTH = 4000;
const MAX_INPUT_LENGTH = 4000;

/**
 * The message to people. Its first lines tell all on a phone: what broke, why, what to do, and the command for it; then
 * where to look.
 */
export function alertOf(facts: AlertFacts): { subject: string; message: string } {
  const { error, cause, state, execution, run, attempt } = facts;
  const { meaning, hint, goesOnBy }: ErrorEntry = errorTable[error];
  const region = regionOf(execution.arn);
  const lines = [
    `${run?.dataset ?? execution.name}: ${meaning}`,
    `Why: ${cause.length > MAX_CAUSE_LENGTH ? `${cause.slice(0, MAX_CAUSE_LENGTH)} [cut]` : cause}`,
    `What to do: ${hint}`,
    '',
    ...(goesOnBy === undefined
      ? [
          'Resume where it failed:',
          `  aws stepfunctions redrive-execution --region ${region} --execution-arn ${execution.arn}`,
          'Or start over:',
        ]
      : [goesOnBy === 'replay' ? 'Then start over:' : 'This is how it was started:']),
    `  aws stepfunctions start-execution --region ${region} --state-machine-arn ${facts.stateMachineArn} --input ${replayArgument(facts, region)}`,
    '',
    [
      `Error: ${error}`,
      state ? ` in ${state}` : '',
      attempt > 0 ? `, attempt ${attempt}` : '',
      run ? ` of run ${run.runId} (${counted(run.uploads.length, 'upload')})` : '',
    ].join(''),
    ...links(facts, region).map(({ label, url }) => `${label}: ${url}`),
  ];
  const subject = subjectLine(`Tidegate: ${run?.dataset ?? execution.name}: ${error}`);
  return { subject, message: lines.join('\n') };
}

function links({ execution, run, attempt, links: further, destinationBucket }: AlertFacts, region: string) {
  const output =
    run && attempt > 0
      ? [
          objectsLink(
            region,
            'Output',
            destinationBucket,
            `${attemptFolder(run.dataset, run.runId, attempt)}/`,
          ),
        ]
      : [];
  return [executionLink(execution.arn), ...further, ...output];
}

/** The replay's input for the shell; one that somebody made too large for a message is fetched. */
function replayArgument(facts: AlertFacts, region: string): string {
  const text = JSON.stringify(replayInput(facts));
  if (text.length <= MAX_INPUT_LENGTH) return shellQuoted(text);
  return `"$(aws stepfunctions describe-execution --region ${region} --execution-arn ${facts.execution.arn} --query input --output text)"`;
}

/** The manual input that loads again all that the execution was about. */
function replayInput({ run, execution: { input } }: AlertFacts): unknown {
  if (run) return { runId: run.runId };
  const detail = (
    input as { detail?: { bucket?: { name?: unknown }; object?: Record<string, unknown> } } | null
  )?.detail;
  if (!detail?.bucket?.name || !detail.object?.['key']) return input;
  const { key, 'version-id': versionId } = detail.object;
  return { bucket: detail.bucket.name, key, ...(versionId ? { versionId } : {}) };
}
