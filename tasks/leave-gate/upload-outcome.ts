import type { UploadStatus } from '../core/records.ts';

/** What became of one upload; counts are rows. */
export interface UploadOutcome {
  uploadId: string;
  uri: string;
  status: UploadStatus;
  reason: string | null;
  read: number;
  kept: number;
  quarantined: number;
  current: number;
  superseded: number;
}
