import * as z from 'zod';

/** What came of pinning one upload: its bytes are in the run's folder, or why they are not. */
export const pinSchema = z.discriminatedUnion('outcome', [
  z.strictObject({ uploadId: z.string(), outcome: z.literal('PINNED') }),
  /** The version is no longer in the source bucket. */
  z.strictObject({ uploadId: z.string(), outcome: z.literal('GONE'), reason: z.string() }),
  /** The version is there and cannot be read. */
  z.strictObject({ uploadId: z.string(), outcome: z.literal('REJECTED'), reason: z.string() }),
]);

export type Pin = z.infer<typeof pinSchema>;
