import { type Batch, batchSchema } from '../../tasks/core/batch.ts';
import { type Contract, contractSchema } from '../../tasks/core/contract.ts';
import type { Manifest } from '../../tasks/core/manifest.ts';
import type { ObjectRef, ObjectStore } from '../../tasks/core/ports.ts';

/** A row as it stands in the dataset's table. */
export interface LakeRow {
  id: number;
  note: string | null;
  /** Columns that the contract has besides. */
  [column: string]: string | number | null;
  _upload_id: string;
  _row: number;
  _run_id: string;
  _uploaded_at: string;
  _upload_order: string;
}

/** The Iceberg tables of all datasets, by table and then by key. */
export type Lake = Map<string, Map<string, LakeRow>>;

export interface SparkJobWorld {
  objects: ObjectStore;
  lake: Lake;
  now(): Date;
  /** What a row becomes under its contract. */
  transform?(row: LakeRow, contract: Contract): LakeRow;
  /** Called between the stages of the job; it takes time, and throws to make the job fail there. */
  stage?(name: SparkStage): Promise<void>;
}

export const SPARK_STAGES = ['read', 'quarantine', 'changes', 'merge', 'manifest', 'end'] as const;
/** Named after what comes next; `end`: all is written, and the job fails to say so. */
export type SparkStage = (typeof SPARK_STAGES)[number];

const ROWS_PER_PART = 3;

/**
 * A small model of `spark/job.py`: files with the columns id and note, merged by rank into a table in memory, with the
 * same files left behind in the same order, a JSON array of rows instead of Parquet. A row whose id is no whole number,
 * or that has not two cells, is quarantined, unless it was mended; a file with another header is rejected.
 */
export async function sparkJob(args: readonly string[], world: SparkJobWorld): Promise<void> {
  const { objects, lake, stage = async () => {}, transform = (row) => row } = world;
  const startedAt = world.now().toISOString();
  const contract = contractSchema.parse(await readJson(objects, argument(args, '--contract')));
  const batch = batchSchema.parse(await readJson(objects, argument(args, '--batch')));
  const output = argument(args, '--output');
  const table = lake.get(contract.table) ?? new Map<string, LakeRow>();
  lake.set(contract.table, table);

  await stage('read');
  const read = await Promise.all(batch.uploads.map((upload) => readUpload(upload, batch.runId, objects)));
  await stage('quarantine');
  const bad = read.flatMap(({ quarantined }) => quarantined);
  const quarantine = await writeParts(`${output}/quarantine`, bad, objects);
  await stage('changes');
  const winners = winnersOf(
    read.flatMap(({ kept }) => kept).map((row) => transform(row, contract)),
    contract,
  );
  const current = winners.filter((row) => !isOutranked(row, table, contract));
  const changes = await writeParts(`${output}/changes`, current, objects);
  await stage('merge');
  merge(current, table, contract);
  await stage('manifest');
  const currentOf = (uploadId: string): number => current.filter((row) => row._upload_id === uploadId).length;
  const uploads = read.map(
    ({ uploadId, rejected, kept, quarantined, mendsNotTaken }): Manifest['uploads'][number] => {
      const counts = {
        read: kept.length + quarantined.length,
        kept: kept.length,
        quarantined: quarantined.length,
      };
      const superseded = kept.length - currentOf(uploadId);
      if (!rejected)
        return {
          uploadId,
          outcome: 'LOADED',
          ...counts,
          current: currentOf(uploadId),
          superseded,
          reasons: [],
          ...(mendsNotTaken.length > 0 && { mendsNotTaken }),
        };
      const example = { row: null, value: null };
      const reason = { rule: 'header', column: null, count: 1, example, message: rejected };
      return {
        uploadId,
        outcome: 'REJECTED',
        read: 0,
        kept: 0,
        quarantined: 0,
        current: 0,
        superseded: 0,
        reasons: [reason],
      };
    },
  );
  const sum = (of: 'read' | 'kept' | 'quarantined' | 'current' | 'superseded'): number =>
    uploads.reduce((total, upload) => total + upload[of], 0);
  const manifest: Manifest = {
    formatVersion: 1,
    dataset: batch.dataset,
    runId: batch.runId,
    attempt: Number(argument(args, '--attempt')),
    sparkVersion: '4.1.1',
    startedAt,
    finishedAt: world.now().toISOString(),
    stageSeconds: {},
    table: {
      identifier: `lake.tidegate.${contract.table}`,
      snapshotId: current.length > 0 ? '1' : null,
      columns: [],
    },
    rows: {
      read: sum('read'),
      kept: sum('kept'),
      quarantined: sum('quarantined'),
      current: sum('current'),
      superseded: sum('superseded'),
    },
    uploads,
    changes: { parts: changes },
    quarantine: { parts: quarantine },
  };
  await objects.write(refOf(`${output}/manifest.json`), JSON.stringify(manifest), 'application/json');
  await stage('end');
}

interface ReadUpload {
  uploadId: string;
  /** Why the file as a whole cannot be read; null: it can. */
  rejected: string | null;
  kept: LakeRow[];
  quarantined: LakeRow[];
  mendsNotTaken: { name: string; message: string }[];
}

async function readUpload(
  upload: Batch['uploads'][number],
  runId: string,
  objects: ObjectStore,
): Promise<ReadUpload> {
  const { uploadId, orderStamp, uploadedAt } = upload;
  const [header, ...lines] = await readLines(objects, upload.input);
  if (header !== 'id,note') {
    const rejected = `The header has to be id,note and is ${header}.`;
    return { uploadId, rejected, kept: [], quarantined: [], mendsNotTaken: [] };
  }
  const { mended, mendsNotTaken } = await mendedLines(objects, upload.mended ?? [], lines.length);
  const rows = lines.map((line, index): LakeRow => {
    const [id = '', note, ...more] = (mended.get(index + 1) ?? line).split(',');
    const isGood = /^\d+$/.test(id) && note !== undefined && more.length === 0;
    return {
      id: isGood ? Number(id) : Number.NaN,
      note: note || null,
      _upload_id: uploadId,
      _row: index + 1,
      _run_id: runId,
      _uploaded_at: uploadedAt,
      _upload_order: orderStamp,
    };
  });
  const isGood = ({ id }: LakeRow): boolean => !Number.isNaN(id);
  return {
    uploadId,
    rejected: null,
    kept: rows.filter(isGood),
    quarantined: rows.filter((row) => !isGood(row)),
    mendsNotTaken,
  };
}

/**
 * Lines by the row that they mend: behind the header `_row,...`, each begins with the number of its row. Of a name the
 * newest file that names none but rows of the upload counts.
 */
async function mendedLines(objects: ObjectStore, files: { name: string; uri: string }[], rows: number) {
  const sound = new Map<string, Map<number, string>>();
  const mendsNotTaken: { name: string; message: string }[] = [];
  for (const { name, uri } of files) {
    const mended = new Map<number, string>();
    for (const line of (await readLines(objects, uri)).slice(1)) {
      const [row = '', ...cells] = line.split(',');
      mended.set(Number(row), cells.join(','));
    }
    const strange = [...mended.keys()].find((row) => row > rows);
    const told = mendsNotTaken.findIndex((file) => file.name === name);
    if (told >= 0) mendsNotTaken.splice(told, 1);
    if (strange !== undefined) mendsNotTaken.push({ name, message: `the upload has no row ${strange}.` });
    else {
      sound.delete(name);
      sound.set(name, mended);
    }
  }
  const mended = new Map([...sound.values()].flatMap((lines) => [...lines]));
  return { mended, mendsNotTaken };
}

const keyOf = (row: LakeRow, { write }: Contract): string =>
  write.mode === 'append'
    ? `${row._upload_id} ${row._row}`
    : write.mode === 'merge'
      ? String(row.id)
      : rowName(row);
const rowName = (row: LakeRow): string => `${row._upload_id} ${row._row} ${row._run_id}`;

const place = (row: LakeRow): string => `${row._upload_order}${row._upload_id}`;

/** Whether a row outranks another: by upload, then row, then run. */
function outranks(a: LakeRow, b: LakeRow): boolean {
  if (place(a) !== place(b)) return place(a) > place(b);
  if (a._row !== b._row) return a._row > b._row;
  return a._run_id > b._run_id;
}

function winnersOf(rows: LakeRow[], contract: Contract): LakeRow[] {
  if (contract.write.mode === 'replace') {
    const newest = rows.map(place).sort().at(-1);
    return rows.filter((row) => place(row) === newest);
  }
  const winners = new Map<string, LakeRow>();
  for (const row of rows) {
    const key = keyOf(row, contract);
    const other = winners.get(key);
    if (!other || outranks(row, other)) winners.set(key, row);
  }
  return [...winners.values()];
}

function isOutranked(row: LakeRow, table: Map<string, LakeRow>, contract: Contract): boolean {
  // Of the same upload the newest run's form stays.
  const form = (of: LakeRow): string => `${place(of)}${of._run_id}`;
  if (contract.write.mode === 'replace') return [...table.values()].some((other) => form(other) > form(row));
  const other = table.get(keyOf(row, contract));
  return other !== undefined && outranks(other, row);
}

function merge(rows: LakeRow[], table: Map<string, LakeRow>, contract: Contract): void {
  const applied = rows.filter((row) => !isOutranked(row, table, contract));
  if (contract.write.mode === 'replace' && applied.length > 0) table.clear();
  for (const row of applied) table.set(keyOf(row, contract), row);
}

async function writeParts(
  folder: string,
  rows: LakeRow[],
  objects: ObjectStore,
): Promise<Manifest['changes']['parts']> {
  const parts: Manifest['changes']['parts'] = [];
  for (let first = 0; first < rows.length; first += ROWS_PER_PART) {
    const some = rows.slice(first, first + ROWS_PER_PART);
    const path = `${folder}/part-${parts.length}.parquet`;
    const content = JSON.stringify(some);
    await objects.write(refOf(path), content, 'application/vnd.apache.parquet');
    parts.push({ path, rows: some.length, bytes: Buffer.byteLength(content) });
  }
  return parts;
}

function argument(args: readonly string[], name: string): string {
  const value = args[args.indexOf(name) + 1];
  if (!args.includes(name) || value === undefined) throw new Error(`The job was given no ${name}.`);
  return value;
}

async function readJson(objects: ObjectStore, uri: string): Promise<unknown> {
  return JSON.parse(await readText(objects, uri));
}

const readLines = async (objects: ObjectStore, uri: string): Promise<string[]> =>
  (await readText(objects, uri)).trimEnd().split('\n');

async function readText(objects: ObjectStore, uri: string): Promise<string> {
  const bytes = await objects.read(refOf(uri));
  if (!bytes) throw new Error(`Path does not exist: ${uri}`);
  return Buffer.from(bytes).toString('utf8');
}

function refOf(uri: string): ObjectRef {
  const [bucket = '', ...key] = uri.slice('s3://'.length).split('/');
  return { bucket, key: key.join('/') };
}
