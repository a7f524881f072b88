import { CommandFailure } from './command-failure.ts';

const NOBODY_THERE = '. No service answers there; on this machine, `make up` starts them.';
const NO_REGION = 'No AWS region is set: export AWS_REGION, or run `aws configure`.';

/** One line for the person who called, where the failure is theirs to mend; undefined: it is not. */
export function failureTold(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (isSystemError(error))
    return `${error.message || error.code}${error.code === 'ECONNREFUSED' ? NOBODY_THERE : ''}`;
  if (error instanceof CommandFailure) return error.message;
  // The SDK has no name for it.
  if (error.message === 'Region is missing') return NO_REGION;
  if (error.name === 'ResourceNotFoundException') return noTable();
  // Further lines are for who debugs the SDK.
  if (isServiceError(error)) return error.message.split('\n', 1)[0];
  return undefined;
}

/** Of the services that are asked, DynamoDB alone has that name for it; it does not say which. */
const noTable = (): string =>
  `There is no table "${process.env['TIDEGATE_STATE_TABLE']}" in this region: TIDEGATE_STATE_TABLE names it. ` +
  `On this machine: eval "$(make -s env)"; on AWS: export it with the value of the stack's output StateTable.`;

/** The system refused: a file, or a connection. */
function isSystemError(error: Error): error is Error & { code: string } {
  return 'code' in error && /^E[A-Z0-9]+$/.test(String(error.code));
}

/** An AWS service refused, or could not be asked: what it says is for the person who called. */
function isServiceError(error: Error): boolean {
  return '$metadata' in error || error.name === 'CredentialsProviderError';
}
