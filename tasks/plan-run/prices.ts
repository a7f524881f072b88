import * as z from 'zod';

const amount = z.number().positive();
const engine = {
  /** Until the job begins. */
  startSeconds: amount,
  minimumBilledSeconds: amount,
  /** A job takes so long whatever its input: session, catalog, commits. */
  fixedSeconds: amount,
  /** What a slot (a vCPU) takes for a megabyte of text, until runs tell better. */
  secondsPerMegabyteAndSlot: amount,
  counts: z.array(z.int().min(1)).min(1),
};
const size = { type: z.string(), vcpu: z.int().min(1), memoryGiB: amount };

/** What compute costs and how fast it is; prices are US dollars. */
export const pricesSchema = z.strictObject({
  region: z.string(),
  date: z.iso.date(),
  source: z.string(),
  egressUsdPerGb: z.number().min(0),
  glue: z.strictObject({
    ...engine,
    workers: z.array(z.strictObject({ ...size, usdPerHour: amount })).min(1),
  }),
  emr: z.strictObject({
    ...engine,
    /** The instance type of the primary node, which does no work. */
    primary: z.string(),
    /** What spot instances cost of the on-demand price, as a rule. */
    spotShareOfPrice: z.number().gt(0).max(1),
    instances: z
      .array(
        z.strictObject({
          ...size,
          architecture: z.string(),
          ec2UsdPerHour: amount,
          emrUsdPerHour: amount,
        }),
      )
      .min(1),
    /** Families that may stand in for another, of the same architecture, where Amazon EC2 has none of it. */
    standIns: z.record(z.string(), z.array(z.string())),
  }),
});

export type Prices = z.infer<typeof pricesSchema>;
