import * as z from 'zod';
import { TidegateError } from './errors.ts';

/** What an execution was started for. */
export type Request =
  | {
      kind: 'event';
      bucket: string;
      key: string;
      versionId: string;
      uploadedAt: Date;
      sequencer: string | null;
      sizeBytes: number;
    }
  | { kind: 'manual'; bucket: string; key: string; versionId: string | undefined }
  | { kind: 'waiting'; dataset: string }
  | { kind: 'run'; runId: string };

/** Amazon S3's event by EventBridge; keys come as they are, not URL-encoded. */
const eventSchema = z.object({
  source: z.literal('aws.s3'),
  'detail-type': z.literal('Object Created'),
  time: z.iso.datetime(),
  detail: z.object({
    bucket: z.object({ name: z.string().min(1) }),
    object: z.object({
      key: z.string().min(1),
      size: z.int().min(0),
      'version-id': z.string().min(1),
      sequencer: z.string().optional(),
    }),
  }),
});

const manualSchema = z.strictObject({
  bucket: z.string().min(1),
  key: z.string().min(1),
  versionId: z.string().min(1).optional(),
});

const waitingSchema = z.strictObject({ dataset: z.string().min(1) });

const runSchema = z.strictObject({ runId: z.string().min(1) });

/**
 * The execution's input as a request.
 * @throws TidegateError InvalidInput when it is none of the known shapes.
 */
export function requestOf(input: unknown): Request {
  const event = eventSchema.safeParse(input);
  if (event.success) {
    const { time, detail } = event.data;
    return {
      kind: 'event',
      bucket: detail.bucket.name,
      key: detail.object.key,
      versionId: detail.object['version-id'],
      uploadedAt: new Date(time),
      sequencer: detail.object.sequencer ?? null,
      sizeBytes: detail.object.size,
    };
  }
  const manual = manualSchema.safeParse(input);
  if (manual.success) return { kind: 'manual', ...manual.data, versionId: manual.data.versionId };
  const waiting = waitingSchema.safeParse(input);
  if (waiting.success) return { kind: 'waiting', dataset: waiting.data.dataset };
  const run = runSchema.safeParse(input);
  if (run.success) return { kind: 'run', runId: run.data.runId };
  const errors = { event: event.error, manual: manual.error, waiting: waiting.error, run: run.error };
  throw new TidegateError('InvalidInput', explain(input, errors));
}

/** Explains the shape that the input is likely meant to be, by the members it has. */
function explain(input: unknown, errors: Record<'event' | 'manual' | 'waiting' | 'run', z.ZodError>): string {
  const has = (name: string): boolean => typeof input === 'object' && input !== null && name in input;
  const closest =
    has('detail') || has('detail-type')
      ? errors.event
      : has('dataset')
        ? errors.waiting
        : has('runId')
          ? errors.run
          : errors.manual;
  return [
    'The input of the execution is none of these: the event "Object Created" of Amazon S3,',
    '{"bucket","key","versionId"?} to load or replay one upload, {"dataset"} to load waiting uploads,',
    '{"runId"} to replay all uploads of a run.',
    `Compared with the closest of them:\n${z.prettifyError(closest)}`,
  ].join(' ');
}

/** The dataset of an object: the first folder of its key; a key without one belongs to none (''). */
export function datasetOfKey(key: string): string {
  return key.includes('/') ? key.slice(0, key.indexOf('/')) : '';
}
