import { type Contract, contractSchema } from '../../../tasks/core/contract.ts';
import { contractKey } from '../../../tasks/core/folders/folders.ts';
import type { RunRecord, UploadRecord } from '../../../tasks/core/records.ts';
import { BUCKETS } from '../../fakes/samples.ts';
import { noteUnder } from '../contract-versions.ts';
import type { DatasetPlan, UploadPlan } from '../history.ts';
import type { World } from '../world.ts';

/** A row of the dataset's table as text, by which tables are compared. */
export type RowText = string;

export const rowText = (row: Record<string, unknown>): RowText =>
  [row['id'], row['note'], row['_upload_id'], row['_row'], row['_run_id']].join(' | ');

interface Candidate {
  key: string;
  rank: [string, string, number];
  text: RowText;
}

/**
 * What a dataset's table has to hold, told from the uploads alone: each in the form of the newest run that loaded it,
 * the newest upload winning its keys.
 */
export function expectedRows(
  plan: DatasetPlan,
  loaded: { record: UploadRecord; upload: UploadPlan }[],
  runs: RunRecord[],
  world: World,
): RowText[] {
  const candidates = loaded.flatMap(({ record, upload }): Candidate[] => {
    const { uploadId, orderStamp } = record.upload;
    const newest = runs
      .filter(
        ({ status, uploads }) => status === 'SUCCEEDED' && uploads.some((each) => each.uploadId === uploadId),
      )
      .map(({ runId }) => runId)
      .sort()
      .at(-1);
    if (!newest) return [];
    const dataset = record.upload.key.split('/')[0] ?? '';
    const version = pinnedContract(world, dataset, newest)?.version ?? 'none';
    return upload.ids.flatMap((id, index): Candidate[] => {
      if (id < 0) return [];
      const row = {
        id,
        note: noteUnder(`n${index}`, version),
        _upload_id: uploadId,
        _row: index + 1,
        _run_id: newest,
      };
      const key = plan.mode === 'merge' ? String(id) : `${uploadId} ${index}`;
      return [{ key, rank: [orderStamp, uploadId, index], text: rowText(row) }];
    });
  });
  if (plan.mode === 'replace') {
    const place = ({ rank }: Candidate): string => `${rank[0]} ${rank[1]}`;
    const newest = candidates.map(place).sort().at(-1);
    return candidates.filter((candidate) => place(candidate) === newest).map(({ text }) => text);
  }
  const winners = new Map<string, Candidate>();
  for (const candidate of candidates) {
    const other = winners.get(candidate.key);
    if (!other || isGreater(candidate.rank, other.rank)) winners.set(candidate.key, candidate);
  }
  return [...winners.values()].map(({ text }) => text);
}

function isGreater(a: Candidate['rank'], b: Candidate['rank']): boolean {
  for (const [index, value] of a.entries()) {
    const other = b[index] ?? '';
    if (value !== other) return value > other;
  }
  return false;
}

/** The contract that a run was pinned to. */
export function pinnedContract(world: World, dataset: string, runId: string): Contract | null {
  const pinned = world.objects.content(BUCKETS.destinationBucket, contractKey(dataset, runId));
  return pinned && contractSchema.parse(JSON.parse(Buffer.from(pinned).toString()));
}
