import { batchSchema } from '../../tasks/core/batch.ts';
import { type Contract, contractSchema } from '../../tasks/core/contract.ts';
import type { Manifest } from '../../tasks/core/manifest.ts';
import type { ObjectStore } from '../../tasks/core/ports.ts';
import { keyOf, merged, type RankedRow } from '../fakes/ranked-rows.ts';

/** The lake's tables by name. */
export type Lake = Map<string, RankedRow[]>;

type UploadCounts = Manifest['uploads'][number];

/**
 * What `spark/job.py` does, without Spark: reads the batch's plain CSV (no quotes), quarantines rows of the wrong
 * length, rejects a file whose header is wrong, writes the change set, merges, and writes the manifest last.
 */
export async function memorySparkJob(args: readonly string[], objects: ObjectStore, lake: Lake) {
  const argument = (name: string): string => args[args.indexOf(name) + 1] ?? '';
  const contract = contractSchema.parse(await readJson(objects, argument('--contract')));
  const batch = batchSchema.parse(await readJson(objects, argument('--batch')));
  const output = argument('--output');
  const rows: RankedRow[] = [];
  const uploads: UploadCounts[] = [];
  for (const upload of batch.uploads) {
    const [header, ...lines] = (await readText(objects, upload.input)).split('\n').filter(Boolean);
    const counts = { uploadId: upload.uploadId, kept: 0, quarantined: 0, current: 0, superseded: 0 };
    const names = contract.columns.map(({ source }) => source);
    if (header !== names.join(',')) {
      const message = `header: expected ${names.join(',')}, found ${header}`;
      const reason = { rule: 'header', column: null, count: 1, example: { row: null, value: null }, message };
      uploads.push({ ...counts, read: 0, outcome: 'REJECTED', reasons: [reason] });
      continue;
    }
    const mended = await mendedLines(objects, upload.mended ?? []);
    for (const [index, own] of lines.entries()) {
      const line = mended.get(index + 1) ?? own;
      const cells = line.split(',');
      if (cells.length !== names.length) {
        counts.quarantined += 1;
        continue;
      }
      counts.kept += 1;
      rows.push({
        ...Object.fromEntries(names.map((name, at) => [name, cells[at] || null])),
        _upload_id: upload.uploadId,
        _row: index + 1,
        _run_id: batch.runId,
        _uploaded_at: upload.uploadedAt,
        _upload_order: upload.orderStamp,
      });
    }
    uploads.push({ ...counts, read: lines.length, outcome: 'LOADED', reasons: [] });
  }

  const table = merged(contract, lake.get(contract.table) ?? [], rows);
  const winners = winnersOf(contract, table, rows);
  for (const upload of uploads) {
    upload.current = winners.filter((row) => row._upload_id === upload.uploadId).length;
    upload.superseded = upload.kept - upload.current;
  }
  const changes = winners.length > 0 ? [await writePart(objects, `${output}/changes/part-0`, winners)] : [];
  lake.set(contract.table, table);
  const quarantined = sum(uploads, 'quarantined');
  const quarantine = Array.from({ length: quarantined }, (_, index) => ({ index }));
  const manifest: Manifest = {
    formatVersion: 1,
    dataset: batch.dataset,
    runId: batch.runId,
    attempt: Number(argument('--attempt')),
    sparkVersion: '4.1.1',
    startedAt: '2026-01-01T00:00:00Z',
    finishedAt: '2026-01-01T00:00:30Z',
    stageSeconds: {},
    table: { identifier: `lake.tidegate.${contract.table}`, snapshotId: '1', columns: [] },
    rows: {
      read: sum(uploads, 'read'),
      kept: sum(uploads, 'kept'),
      quarantined,
      current: winners.length,
      superseded: sum(uploads, 'superseded'),
    },
    uploads,
    changes: { parts: changes },
    quarantine: {
      parts: quarantined > 0 ? [await writePart(objects, `${output}/quarantine/part-0`, quarantine)] : [],
    },
  };
  await objects.write(refOf(`${output}/manifest.json`), JSON.stringify(manifest), 'application/json');
}

/** Lines by the row that they mend: behind the header `_row,...`, each begins with the number of its row. */
async function mendedLines(objects: ObjectStore, files: string[]): Promise<Map<number, string>> {
  const mended = new Map<number, string>();
  for (const file of files) {
    for (const line of (await readText(objects, file)).split('\n').slice(1)) {
      const [row = '', ...cells] = line.split(',');
      if (row) mended.set(Number(row), cells.join(','));
    }
  }
  return mended;
}

/** The rows of the batch that are the current ones of their keys. */
function winnersOf(contract: Contract, table: RankedRow[], rows: RankedRow[]): RankedRow[] {
  const current = new Map(table.map((row) => [keyOf(contract, row), row]));
  const isCurrent = (row: RankedRow): boolean => {
    const winner = current.get(keyOf(contract, row));
    return (
      winner?._upload_id === row._upload_id && winner._row === row._row && winner._run_id === row._run_id
    );
  };
  return rows.filter(isCurrent);
}

const sum = (uploads: UploadCounts[], count: 'read' | 'kept' | 'quarantined' | 'superseded'): number =>
  uploads.filter(({ outcome }) => outcome === 'LOADED').reduce((total, upload) => total + upload[count], 0);

async function writePart(objects: ObjectStore, path: string, rows: object[]) {
  const body = JSON.stringify(rows);
  await objects.write(refOf(path), body, 'application/vnd.apache.parquet');
  return { path, rows: rows.length, bytes: Buffer.byteLength(body) };
}

async function readJson(objects: ObjectStore, uri: string): Promise<unknown> {
  return JSON.parse(await readText(objects, uri));
}

async function readText(objects: ObjectStore, uri: string): Promise<string> {
  const bytes = await objects.read(refOf(uri));
  if (!bytes) throw new Error(`Path does not exist: ${uri}`);
  return Buffer.from(bytes).toString('utf8');
}

function refOf(uri: string) {
  const [bucket = '', ...key] = uri.slice('s3://'.length).split('/');
  return { bucket, key: key.join('/') };
}
