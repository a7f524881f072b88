import { attemptFolder } from '../core/folders/folders.ts';
import type { Manifest } from '../core/manifest.ts';
import type { Refused } from '../core/refused.ts';
import { counted } from '../core/telling/counted.ts';
import { isMisread } from '../core/telling/misread.ts';
import { printable } from '../core/telling/printable.ts';
import { subjectLine } from '../core/telling/subject-line.ts';
import { reasonLines } from './reasons-told.ts';
import type { UploadOutcome } from './upload-outcome.ts';

interface Ending {
  dataset: string;
  runId: string;
  attempt: number;
  uploads: UploadOutcome[];
  manifest: Manifest | null;
  /** Earlier runs of the dataset that merged, or may have, and that cannot be delivered. */
  refused: readonly Refused[];
  /** Ids of the uploads that an earlier run took already, and may have loaded. */
  askedAgain: ReadonlySet<string>;
  /** The bucket that holds the run's folder. */
  bucket: string;
}

/** An SNS message holds 256 KiB, and a person reads far less. What is told of one upload takes 150 KB at most. */
const MAX_UPLOADS_TOLD = 30;
const MAX_UPLOADS_BYTES = 50_000;
const MAX_MENDS_TOLD = 20;
const MAX_OWED_TOLD = 30;

/** What people are told of a run that succeeded; null when all was taken and every row kept, and none is owed. */
export function noticeOf({
  dataset,
  runId,
  attempt,
  uploads,
  manifest,
  refused: owed,
  askedAgain,
  bucket,
}: Ending): { subject: string; message: string } | null {
  const refused = uploads.filter(({ status }) => status !== 'LOADED');
  const quarantined = uploads.reduce((rows, upload) => rows + upload.quarantined, 0);
  const notTaken = uploads.reduce(
    (files, { uploadId }) => files + mendsNotTaken(manifest, uploadId).length,
    0,
  );
  if (refused.length === 0 && quarantined === 0 && owed.length === 0 && notTaken === 0) return null;

  const what = [
    refused.length > 0 ? `${refused.length} of ${counted(uploads.length, 'upload')} not loaded` : '',
    notTaken > 0 ? `${counted(notTaken, 'file')} of mended rows not taken` : '',
    quarantined > 0 ? `${counted(quarantined, 'row')} quarantined` : '',
    owed.length > 0 ? `${counted(owed.length, 'earlier run')} not delivered` : '',
  ].filter(Boolean);
  const lines = [`${dataset}: ${what.join(', ')}.`, ''];
  const worthTelling = uploads.filter(
    ({ uploadId, status, quarantined: bad }) =>
      status !== 'LOADED' || bad > 0 || mendsNotTaken(manifest, uploadId).length > 0,
  );
  let told = 0;
  for (const upload of worthTelling.slice(0, MAX_UPLOADS_TOLD)) {
    if (Buffer.byteLength(lines.join('\n')) > MAX_UPLOADS_BYTES) break;
    told += 1;
    const { status, reason, read, kept, quarantined: bad, uploadId } = upload;
    const uri = printable(upload.uri);
    if (status !== 'LOADED') lines.push(`${uri} ${status}: ${reason ?? 'no reason recorded'}`);
    else
      lines.push(
        `${uri}: ${counted(read, 'row')} read, ${kept} kept, ${bad} quarantined${bad > 0 ? ':' : '.'}`,
      );
    if (status === 'LOADED') lines.push(...reasonLines(reasonsOf(manifest, uploadId)));
    lines.push(...mendsTold(mendsNotTaken(manifest, uploadId)));
  }
  const untold = worthTelling.length - told;
  if (untold > 0) lines.push(`And ${untold} more: the execution's output and the manifest name them.`);
  for (const { runId: earlier, reason } of owed.slice(0, MAX_OWED_TOLD)) {
    lines.push(
      `Run ${earlier} failed after it merged its rows, or may have, and they are not in BigQuery: ${reason}`,
    );
  }
  if (owed.length > MAX_OWED_TOLD)
    lines.push(`And ${owed.length - MAX_OWED_TOLD} more such runs: the execution's output names them.`);
  if (owed.length > 0)
    lines.push(
      'Fix the cause, then redrive that run or replay its uploads. If it was an adoption (0adopted-...), adopt the data again.',
    );
  const isAnyLoaded = uploads.some(({ status, kept }) => status === 'LOADED' && kept > 0);
  lines.push(
    '',
    isAnyLoaded ? `Everything else in run ${runId} was loaded.` : `Run ${runId} loaded nothing.`,
  );
  if (quarantined > 0) {
    const bad = uploads.filter((upload) => upload.quarantined > 0);
    const [only, ...others] = bad;
    const which = others.length === 0 ? ` ${only?.uploadId}` : '';
    // Of those that were refused it is told below.
    const isAnyTaken = bad.some(({ status }) => status === 'LOADED');
    const orReplay = isAnyTaken ? ' Or fix the contract and replay the upload.' : '';
    const isAnyMendable = bad.some(({ uploadId }) => !isMisread(reasonsOf(manifest, uploadId)));
    const mend = isAnyMendable ? ', `tidegate mend` sends corrected ones' : '';
    lines.push(
      `Quarantined rows: s3://${bucket}/${attemptFolder(dataset, runId, attempt)}/quarantine/`,
      `\`tidegate quarantine ${dataset}${which}\` shows them${mend}.${orReplay}`,
    );
  }
  if (notTaken > 0)
    lines.push(
      'For mended rows that were not taken: fix their file and send it again under the same name (with only the header, it takes back what it mended). Leave their upload as it is: what was loaded of it stays.',
    );
  if (refused.length > 0)
    lines.push(
      'For what was not loaded: fix the contract and replay the upload, or fix the file and upload it again.',
    );
  if (refused.some(({ uploadId }) => askedAgain.has(uploadId)))
    lines.push(
      'But if an earlier run loaded the file, its rows are still in the table, and uploading it again could duplicate them: fix the contract, or the rows with `tidegate mend`.',
    );
  return { subject: subjectLine(`Tidegate: ${dataset}: ${what.join(', ')}`), message: lines.join('\n') };
}

/** A line for each file of mended rows that does not count, as far as a person reads. */
function mendsTold(files: ReturnType<typeof mendsNotTaken>): string[] {
  const lines = files
    .slice(0, MAX_MENDS_TOLD)
    .map(({ name, message }) => `  The mended rows in ${printable(name)} were not taken: ${message}`);
  const untold = files.length - lines.length;
  return untold > 0 ? [...lines, `  and ${counted(untold, 'more file')}`] : lines;
}

const mendsNotTaken = (manifest: Manifest | null, uploadId: string) =>
  manifest?.uploads.find((upload) => upload.uploadId === uploadId)?.mendsNotTaken ?? [];
const reasonsOf = (manifest: Manifest | null, uploadId: string) =>
  manifest?.uploads.find((upload) => upload.uploadId === uploadId)?.reasons ?? [];
