import * as z from 'zod';

/** One upload as a run takes it. */
export const uploadSchema = z.strictObject({
  /** Hash of bucket, key and version: `uploadIdOf`. */
  uploadId: z.string().regex(/^[0-9a-f]{32}$/),
  bucket: z.string(),
  key: z.string(),
  versionId: z.string(),
  /** When the object was created, UTC. */
  uploadedAt: z.iso.datetime(),
  /** Fixed width, sorts by time and S3's sequencer: `orderStampOf`. */
  orderStamp: z.string(),
  sizeBytes: z.int().min(0),
  compression: z.enum(['none', 'gzip']),
});

/** What the Spark job reads: `runs/<dataset>/<runId>/batch.json` in the destination bucket. */
export const batchSchema = z.strictObject({
  formatVersion: z.literal(1),
  dataset: z.string(),
  runId: z.string(),
  uploads: z
    .array(
      uploadSchema.extend({
        /** The pinned copy's `s3://` URI. */
        input: z.string(),
        /**
         * Files whose rows come in the place of the upload's, oldest first, by the URIs of their pinned copies and the
         * names that people gave them. Of one name the newest that is sound counts, of one row the last file.
         */
        mended: z.array(z.strictObject({ name: z.string(), uri: z.string() })).optional(),
      }),
    )
    .min(1),
});

export type Upload = z.infer<typeof uploadSchema>;
export type Batch = z.infer<typeof batchSchema>;
