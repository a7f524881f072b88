import { setTimeout as pause } from 'node:timers/promises';
import { readRecord } from '../tasks/core/read-record.ts';
import {
  runKey,
  runRecordSchema,
  type UploadRecord,
  uploadKey,
  uploadRecordSchema,
} from '../tasks/core/records.ts';
import type { Deployment, RunFolders } from './deployment.ts';
import { manifestOf } from './manifest-of.ts';

type Stores = Pick<Deployment, 'table'> & RunFolders;

const POLL_MS = 2000;

/**
 * Waits until nothing more becomes of an upload by itself, and tells what became of it.
 * @param isReached whether the record is that of what is waited for, and no earlier one.
 */
export async function endOfUpload(
  dataset: string,
  uploadId: string,
  stores: Stores,
  isReached: (record: UploadRecord) => boolean = () => true,
): Promise<{ isLoaded: boolean; told: string }> {
  for (;;) {
    const record = await readRecord(stores.table, uploadKey(dataset, uploadId), uploadRecordSchema);
    if (record && isReached(record.value)) {
      const { status, runId, reason } = record.value;
      if (status !== 'WAITING' && status !== 'RUNNING') {
        const isLoaded = status === 'LOADED';
        const rows = isLoaded && runId ? await rowsOf(dataset, uploadId, runId, stores) : '';
        const told = `${status}${runId ? ` by run ${runId}` : ''}${reason ? `: ${reason}` : ''}${rows}`;
        return { isLoaded, told };
      }
    }
    await pause(POLL_MS);
  }
}

/** How many rows of an upload a run kept; nothing when the run's folder is gone. */
async function rowsOf(dataset: string, uploadId: string, runId: string, stores: Stores): Promise<string> {
  const run = await readRecord(stores.table, runKey(dataset, runId), runRecordSchema);
  const manifest = run && (await manifestOf(run.value, stores));
  const rows = manifest?.uploads.find((upload) => upload.uploadId === uploadId);
  if (!rows) return '';
  const { kept, quarantined } = rows;
  const next = quarantined > 0 ? `. See \`tidegate quarantine ${dataset} ${uploadId}\`` : '';
  return `: ${kept} rows kept, ${quarantined} quarantined${next}`;
}
