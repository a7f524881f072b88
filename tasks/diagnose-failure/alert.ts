import { errorTable } from '../core/errors.ts';
import type { Execution } from '../core/execution.ts';
import { attemptFolder } from '../core/folders.ts';
import { subjectLine } from '../core/subject-line.ts';
import type { Classified } from './classify.ts';

export interface AlertFacts extends Classified {
  state: string;
  execution: Execution;
  /** The execution's input. */
  input: unknown;
  stateMachineArn: string;
  destinationBucket: string;
  run: { dataset: string; runId: string } | null;
  attempt: number;
  clusterId: string;
}

const MAX_CAUSE_LENGTH = 4000;

/** The message to people: what broke, why, what to do and the commands for it; then where to look. */
export function alertOf(facts: AlertFacts): { subject: string; message: string } {
  const { error, cause, state, execution, run, attempt, clusterId } = facts;
  const { meaning, hint } = errorTable[error];
  const region = execution.arn.split(':')[3] ?? '';
  const where = run ? `${run.dataset} run ${run.runId}` : execution.name;
  const lines = [
    `${error}: ${where}`,
    meaning,
    `Why: ${cause.length > MAX_CAUSE_LENGTH ? `${cause.slice(0, MAX_CAUSE_LENGTH)} [cut]` : cause}`,
    `Do: ${hint}`,
    '',
    `Failed in: ${state}${attempt > 0 ? `, attempt ${attempt}` : ''}`,
    'Go on from there:',
    `  aws stepfunctions redrive-execution --execution-arn ${execution.arn}`,
    'Or do it again from the start:',
    `  aws stepfunctions start-execution --state-machine-arn ${facts.stateMachineArn} --input ${shellQuoted(JSON.stringify(replayInput(facts.input)))}`,
    '',
    `Execution: ${consoleOf(region)}/states/home?region=${region}#/v2/executions/details/${execution.arn}`,
    ...(clusterId
      ? [`Cluster: ${consoleOf(region)}/emr/home?region=${region}#/clusterDetails/${clusterId}`]
      : []),
    ...(run && attempt > 0
      ? [`Attempt: s3://${facts.destinationBucket}/${attemptFolder(run.dataset, run.runId, attempt)}/`]
      : []),
  ];
  return { subject: subjectLine(`Tidegate: ${error}: ${where}`), message: lines.join('\n') };
}

const consoleOf = (region: string): string => `https://${region}.console.aws.amazon.com`;

/** The manual input that loads again what the execution was about. */
function replayInput(input: unknown): unknown {
  const detail = (
    input as { detail?: { bucket?: { name?: unknown }; object?: Record<string, unknown> } } | null
  )?.detail;
  if (!detail?.bucket?.name || !detail.object?.['key']) return input;
  const { key, 'version-id': versionId } = detail.object;
  return { bucket: detail.bucket.name, key, ...(versionId ? { versionId } : {}) };
}

/** One word of a POSIX shell. */
function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
