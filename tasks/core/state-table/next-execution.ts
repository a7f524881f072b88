import { createHash } from 'node:crypto';

const MAX_PLAIN_LENGTH = 40;
const CUT_LENGTH = 31;

/**
 * The name of the execution that takes what waits once the gate's epoch is over; the same epoch gives the same name, so
 * that a repeated call starts no second one. An execution's name has at most 80 characters.
 */
export function nextExecutionName(dataset: string, epoch: number): string {
  const short =
    dataset.length <= MAX_PLAIN_LENGTH
      ? dataset
      : `${dataset.slice(0, CUT_LENGTH)}-${createHash('sha256').update(dataset).digest('hex').slice(0, 8)}`;
  return `${short}-after-${epoch}`;
}
