import type * as z from 'zod';
import type { ItemKey, StateTable, StoredItem } from '../core/ports.ts';
import {
  datasetPartition,
  gateKey,
  gateSchema,
  runKey,
  runRecordSchema,
  type UploadRecord,
  uploadKey,
  uploadRecordSchema,
  WAITING_PREFIX,
  waitingSchema,
} from '../core/records.ts';
import { type Asking, MAX_UPLOADS_PER_RUN, type Situation, type Versioned } from './decide.ts';

/** Reads all that a decision rests on; the writes that follow are refused if any of it changed meanwhile. */
export async function readSituation(
  { dataset, runId, upload }: Asking,
  table: StateTable,
): Promise<Situation> {
  const [gate, run, own, markers] = await Promise.all([
    get(table, gateKey(dataset), gateSchema),
    get(table, runKey(dataset, runId), runRecordSchema),
    upload ? get(table, uploadKey(dataset, upload.uploadId), uploadRecordSchema) : null,
    table.query(datasetPartition(dataset), WAITING_PREFIX, MAX_UPLOADS_PER_RUN),
  ]);
  const record = (uploadId: string) => get(table, uploadKey(dataset, uploadId), uploadRecordSchema);
  const waiting = await Promise.all(
    markers.map(async (marker) => ({
      marker,
      record: await record(waitingSchema.parse(marker.item).uploadId),
    })),
  );
  const runUploads = await Promise.all((run?.value.uploadIds ?? []).map(record));
  return {
    gate,
    run,
    own,
    waiting: waiting.filter(
      (entry): entry is { marker: StoredItem; record: Versioned<UploadRecord> } => !!entry.record,
    ),
    runUploads: runUploads.filter((entry) => entry !== null),
  };
}

async function get<S extends z.ZodType>(
  table: StateTable,
  key: ItemKey,
  schema: S,
): Promise<Versioned<z.output<S>> | null> {
  const stored = await table.get(key);
  return stored && { value: schema.parse(stored.item), version: stored.version };
}
