import * as z from 'zod';
import { type Prices, pricesSchema } from '../tasks/plan-run/prices.ts';

/** Products of AWS's price list that match, each as the JSON text that GetProducts answers. */
export type PriceList = (service: string, filters: Readonly<Record<string, string>>) => readonly string[];

const productSchema = z.looseObject({
  product: z.looseObject({ attributes: z.record(z.string(), z.string()) }),
  terms: z.looseObject({
    OnDemand: z.record(
      z.string(),
      z.looseObject({
        priceDimensions: z.record(
          z.string(),
          z.looseObject({
            beginRange: z.string().optional(),
            pricePerUnit: z.looseObject({ USD: z.string() }),
          }),
        ),
      }),
    ),
  }),
});

/** A Glue worker has a DPU for each four vCPUs (AWS Glue Developer Guide, "Adding jobs"). */
const VCPU_PER_DPU = 4;

/**
 * The price table with today's prices of a region; what is compared, and how fast it is, stays.
 * @throws Error naming what the price list has no price of.
 */
export function refreshed(old: Prices, region: string, today: Date, priceList: PriceList): Prices {
  const inRegion = { regionCode: region };
  const dpuHour = priceOf(
    'a DPU hour of Glue',
    priceList('AWSGlue', { ...inRegion, operation: 'Jobrun' }),
    (attributes) => (attributes['usagetype'] ?? '').endsWith('ETL-DPU-Hour'),
  );
  const egress = priceList('AWSDataTransfer', { fromRegionCode: region, transferType: 'AWS Outbound' });
  return pricesSchema.parse({
    ...old,
    region,
    date: today.toISOString().slice(0, 10),
    source: 'AWS price list (aws pricing get-products)',
    egressUsdPerGb: priceOf('a GB sent out', egress, ({ toLocation }) => toLocation === 'External'),
    glue: {
      ...old.glue,
      workers: old.glue.workers.map((worker) => ({
        ...worker,
        usdPerHour: (dpuHour * worker.vcpu) / VCPU_PER_DPU,
      })),
    },
    emr: {
      ...old.emr,
      instances: old.emr.instances.map((instance) => {
        const { type } = instance;
        const ec2 = priceList('AmazonEC2', {
          ...inRegion,
          instanceType: type,
          operatingSystem: 'Linux',
          tenancy: 'Shared',
          preInstalledSw: 'NA',
          capacitystatus: 'Used',
        });
        const emr = priceList('ElasticMapReduce', { ...inRegion, instanceType: type, softwareType: 'EMR' });
        return {
          ...instance,
          ec2UsdPerHour: priceOf(`${type} of Amazon EC2`, ec2),
          emrUsdPerHour: priceOf(`${type} of Amazon EMR`, emr),
        };
      }),
    },
  });
}

/** The on-demand price of the first product that fits; the first amount that costs something, where it goes by amount. */
function priceOf(
  what: string,
  products: readonly string[],
  fits: (attributes: Record<string, string | undefined>) => boolean = () => true,
): number {
  const found = products
    .map((text) => productSchema.parse(JSON.parse(text)))
    .find(({ product }) => fits(product.attributes));
  const dimensions = Object.values(found?.terms.OnDemand ?? {}).flatMap((term) =>
    Object.values(term.priceDimensions),
  );
  const price = dimensions
    .toSorted((a, b) => Number(a.beginRange ?? 0) - Number(b.beginRange ?? 0))
    .map(({ pricePerUnit }) => Number(pricePerUnit.USD))
    .find((usd) => usd > 0);
  if (price === undefined) throw new Error(`The price list has no price of ${what}.`);
  return price;
}
