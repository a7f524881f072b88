import { createHash } from 'node:crypto';

/** The upload's id: 32 hex digits of SHA-256 over bucket, key and version, each ended by a NUL that none can contain. */
export function uploadIdOf(bucket: string, key: string, versionId: string): string {
  return createHash('sha256').update(`${bucket}\0${key}\0${versionId}\0`).digest('hex').slice(0, 32);
}

const SEQUENCER_WIDTH = 32;

/**
 * The upload's rank among uploads: text of fixed width that sorts by time and then by S3's sequencer.
 * Sequencers are hexadecimal; Amazon S3 says to compare them with the shorter one padded with zeros on the right.
 */
export function orderStampOf(uploadedAt: Date, sequencer: string | null): string {
  const padded = (sequencer ?? '').toUpperCase().slice(0, SEQUENCER_WIDTH).padEnd(SEQUENCER_WIDTH, '0');
  return `${uploadedAt.toISOString()}-${padded}`;
}
