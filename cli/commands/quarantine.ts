import { contractSchema } from '../../tasks/core/contract.ts';
import { contractKey } from '../../tasks/core/folders/folders.ts';
import { refOf } from '../../tasks/core/folders/ref-of.ts';
import type { RunFolders } from '../../tasks/core/folders/run-folders.ts';
import { readStoredJson } from '../../tasks/core/folders/stored-json.ts';
import {
  datasetPartition,
  RUN_PREFIX,
  type RunRecord,
  runKey,
  runRecordSchema,
  type UploadRecord,
  uploadKey,
  uploadRecordSchema,
} from '../../tasks/core/records.ts';
import { queryRecords, readRecord } from '../../tasks/core/state-table/read-record.ts';
import { commandArguments } from '../command-arguments.ts';
import { CommandFailure } from '../command-failure.ts';
import { deployedContract } from '../deployed-contract.ts';
import { type Deployment, deployment, runFolders } from '../deployment.ts';
import { manifestOf } from '../manifest-of.ts';
import { type MendableRow, mendableHeader, mendableRows } from '../mendable-csv.ts';
import { showTable } from '../show-table.ts';
import type { Command } from './command.ts';

/** So many runs are looked into for uploads with rows that are quarantined. */
const RUNS = 50;

type Stores = Pick<Deployment, 'table'> & RunFolders;

export const quarantine: Command = {
  synopsis: 'DATASET [UPLOAD]',
  summary: 'list uploads with quarantined rows, or print their rows',
  help: `Lists the uploads of the newest ${RUNS} runs that have rows in quarantine.
With UPLOAD: prints its quarantined rows as CSV, with the row number (_row) and
the reasons (_reasons) as the first columns. Correct the rows and send them with
\`tidegate mend DATASET UPLOAD FILE\`; rows may be left out.`,
  async run(args) {
    const { positionals } = commandArguments(args, { needed: ['DATASET'], more: 1 });
    const [dataset, uploadId] = positionals;
    const stores = { ...deployment(), ...runFolders() };
    await (uploadId ? writeRows(dataset, uploadId, stores) : list(dataset, stores));
    return 0;
  },
};

async function list(dataset: string, stores: Stores): Promise<void> {
  const rows: string[][] = [];
  const seen = new Set<string>();
  const runs = await newestRuns(dataset, stores);
  if (runs.length === 0) await deployedContract(dataset);
  for (const run of runs) {
    for (const upload of (await manifestOf(run, stores))?.uploads ?? []) {
      // What a later run has read again is there as that run left it; one that could not be read is as the run before left it.
      if (upload.read === 0 || seen.has(upload.uploadId)) continue;
      seen.add(upload.uploadId);
      if (upload.quarantined === 0) continue;
      const record = await recordOf(dataset, upload.uploadId, stores);
      if (!record) continue;
      const share = `${upload.quarantined} of ${upload.read}`;
      const file = record.upload.key.slice(dataset.length + 1);
      rows.push([upload.uploadId, record.status, share, run.runId, file]);
    }
  }
  if (rows.length === 0) process.stdout.write(`No rows of "${dataset}" are quarantined.\n`);
  else process.stdout.write(showTable([['UPLOAD', 'STATUS', 'QUARANTINED', 'RUN', 'FILE'], ...rows]));
}

async function newestRuns(dataset: string, { table }: Stores): Promise<RunRecord[]> {
  const found = await queryRecords(
    table,
    datasetPartition(dataset),
    RUN_PREFIX,
    runRecordSchema,
    RUNS,
    'descending',
  );
  return found.map(({ value }) => value);
}

/** The newest run that read the upload, and what it left: not one that could not, for what was to mend it. */
async function lastReading(dataset: string, record: UploadRecord, stores: Stores) {
  const { uploadId } = record.upload;
  const last =
    record.runId && (await readRecord(stores.table, runKey(dataset, record.runId), runRecordSchema));
  const reading = last && (await readingBy(last.value, uploadId, stores));
  if (reading) return reading;
  for (const run of await newestRuns(dataset, stores)) {
    const earlier = await readingBy(run, uploadId, stores);
    if (earlier) return earlier;
  }
  return null;
}

async function readingBy(run: RunRecord, uploadId: string, stores: Stores) {
  const manifest = await manifestOf(run, stores);
  const upload = manifest?.uploads.find((one) => one.uploadId === uploadId);
  return manifest && upload && upload.read > 0 ? { runId: run.runId, manifest, upload } : null;
}

async function writeRows(dataset: string, uploadId: string, stores: Stores): Promise<void> {
  const { objects, destinationBucket: bucket } = stores;
  const record = await recordOf(dataset, uploadId, stores);
  const reading = record && (await lastReading(dataset, record, stores));
  if (!record || !reading)
    throw new CommandFailure(`No run of "${dataset}" has read an upload ${uploadId}, or its folder is gone.`);
  const { runId, manifest, upload } = reading;
  const contract = await readStoredJson(
    objects,
    { bucket, key: contractKey(dataset, runId) },
    contractSchema,
    'ContractInvalid',
  );
  if (!contract) throw new CommandFailure(`The folder of run ${runId} is gone: replay the upload.`);
  if (upload.header === undefined)
    throw new CommandFailure(`Run ${runId} did not record the header of the upload: replay it.`);
  const rows: MendableRow[] = [];
  for (const { path } of manifest.quarantine.parts) {
    const part = await objects.read(refOf(path));
    if (!part) throw new CommandFailure(`${path} is gone: replay the upload.`);
    for (const row of await mendableRows(part, upload, contract.csv)) rows.push(row);
  }
  process.stdout.write(mendableHeader(upload.header, contract.csv));
  for (const { line } of rows.sort((a, b) => (a.row < b.row ? -1 : 1))) process.stdout.write(line);
}

async function recordOf(
  dataset: string,
  uploadId: string,
  { table }: Stores,
): Promise<UploadRecord | undefined> {
  return (await readRecord(table, uploadKey(dataset, uploadId), uploadRecordSchema))?.value;
}
