import * as z from 'zod';

const amount = z.number().positive();
const counts = z.array(z.int().min(1)).min(1);

/** What compute costs and how fast it is. Rates are seconds that one slot (a core) takes for a megabyte of text. */
export const pricesSchema = z.strictObject({
  region: z.string(),
  date: z.iso.date(),
  source: z.string(),
  egressUsdPerGb: z.number().min(0),
  glue: z.strictObject({
    startSeconds: amount,
    minimumBilledSeconds: amount,
    secondsPerMegabyteAndSlot: amount,
    workers: z
      .array(z.strictObject({ type: z.string(), slots: z.int().min(1), usdPerHour: amount, counts }))
      .min(1),
  }),
  emr: z.strictObject({
    startSeconds: amount,
    minimumBilledSeconds: amount,
    secondsPerMegabyteAndSlot: amount,
    instances: z
      .array(
        z.strictObject({
          type: z.string(),
          slots: z.int().min(1),
          memoryGiB: amount,
          usdPerHour: amount,
          counts,
        }),
      )
      .min(1),
  }),
});

export type Prices = z.infer<typeof pricesSchema>;
