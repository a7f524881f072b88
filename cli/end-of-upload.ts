import { basename } from 'node:path/posix';
import { setTimeout as pause } from 'node:timers/promises';
import { mendedUpload } from '../tasks/core/folders/mended-key.ts';
import type { RunFolders } from '../tasks/core/folders/run-folders.ts';
import type { Manifest } from '../tasks/core/manifest.ts';
import type { Clock } from '../tasks/core/ports.ts';
import {
  runKey,
  runRecordSchema,
  type UploadRecord,
  uploadKey,
  uploadRecordSchema,
} from '../tasks/core/records.ts';
import { readRecord } from '../tasks/core/state-table/read-record.ts';
import { counted } from '../tasks/core/telling/counted.ts';
import { isMisread } from '../tasks/core/telling/misread.ts';
import { printable } from '../tasks/core/telling/printable.ts';
import { shellQuoted } from '../tasks/core/telling/shell-quoted.ts';
import type { Deployment } from './deployment.ts';
import { manifestOf } from './manifest-of.ts';

type Counts = Manifest['uploads'][number];
type Stores = Pick<Deployment, 'table' | 'sourceBucket'> & RunFolders;

/** A file that was put into the source bucket, and the upload that it is, or that it mends. */
export interface Sent {
  dataset: string;
  uploadId: string;
  key: string;
  versionId: string;
  at: Date;
}

interface Wait {
  clock: Clock;
  pause(seconds: number): Promise<void>;
  /** Tells whoever waits what it is that lasts. */
  tell(line: string): void;
}

const PATIENTLY: Wait = {
  clock: { now: () => new Date() },
  pause: (seconds) => pause(seconds * 1000),
  tell: (line) => process.stderr.write(`${line}\n`),
};

const POLL_SECONDS = 2;
/** An event takes seconds. */
const EVENT_MINUTES = 5;

/**
 * Waits until nothing more becomes of an upload by itself, and tells what became of it; for its event only so long as
 * one may take.
 * @param isReached whether the record is that of what is waited for, and no earlier one.
 */
export async function endOfUpload(
  sent: Sent,
  stores: Stores,
  isReached: (record: UploadRecord) => boolean = () => true,
  wait: Wait = PATIENTLY,
): Promise<{ isLoaded: boolean; told: string }> {
  const { dataset, uploadId } = sent;
  const expectedBy = sent.at.getTime() + EVENT_MINUTES * 60_000;
  let lasts = '';
  for (;;) {
    const record = await readRecord(stores.table, uploadKey(dataset, uploadId), uploadRecordSchema);
    if (record && isReached(record.value)) {
      const { status, runId, reason } = record.value;
      if (status !== 'WAITING' && status !== 'RUNNING') {
        const counts = runId ? await countsOf(dataset, uploadId, runId, stores) : null;
        const refusal = refusalOf(sent.key, counts);
        if (refusal) return { isLoaded: false, told: `NOT TAKEN by run ${runId}: ${refusal}` };
        const isLoaded = status === 'LOADED';
        const told = `${status}${runId ? ` by run ${runId}` : ''}${reason ? `: ${reason}` : ''}`;
        // What a run that failed had counted is in no table, or not in all.
        if (status === 'FAILED') return { isLoaded, told: `${told}\nThe alert of that run says what to do.` };
        return { isLoaded, told: counts ? `${told}${rowsTold(counts, `${dataset} ${uploadId}`)}` : told };
      }
      const now = status === 'RUNNING' ? `running in run ${runId} ...` : 'waiting for its turn ...';
      if (now !== lasts) wait.tell(`${printable(sent.key)}: ${now}`);
      lasts = now;
    } else if (wait.clock.now().getTime() >= expectedBy) {
      return { isLoaded: false, told: neverCame(sent, stores.sourceBucket) };
    }
    await wait.pause(POLL_SECONDS);
  }
}

function neverCame({ key, versionId }: Sent, bucket: string): string {
  const replay = `tidegate replay ${shellQuoted(`s3://${bucket}/${key}`)} --version ${versionId}`;
  return (
    `No execution picked it up within ${EVENT_MINUTES} minutes: its event may be lost. ` +
    `\`${replay}\` loads it; if that loads nothing either, its execution says why.`
  );
}

/** What a run counted of an upload; null when the run's folder is gone. */
async function countsOf(dataset: string, uploadId: string, runId: string, stores: Stores) {
  const run = await readRecord(stores.table, runKey(dataset, runId), runRecordSchema);
  const manifest = run && (await manifestOf(run.value, stores));
  return manifest?.uploads.find((upload) => upload.uploadId === uploadId) ?? null;
}

/** Why a run did not count the file of mended rows that was sent; null: it did, or the file is none. */
function refusalOf(key: string, counts: Counts | null): string | null {
  const refused = counts?.mendsNotTaken?.find(({ name }) => name === basename(key));
  if (!refused || !mendedUpload(key)) return null;
  return `${refused.message} What was loaded stays as it is: fix the file and send it again under the same name.`;
}

/** How many rows were kept, and what can be done about the others. */
function rowsTold({ outcome, kept, quarantined, reasons }: Counts, upload: string): string {
  const see = `See \`tidegate quarantine ${upload}\``;
  if (outcome === 'LOADED')
    return `: ${counted(kept, 'row')} kept, ${quarantined} quarantined${quarantined > 0 ? `. ${see}` : ''}`;
  const isMendable = quarantined > 0 && !isMisread(reasons);
  return isMendable
    ? `\n${see}: the rows can be corrected and sent with \`tidegate mend ${upload} FILE\``
    : '';
}
