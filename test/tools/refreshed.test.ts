import published from '../../tasks/plan-run/prices.json' with { type: 'json' };
import { pricesSchema } from '../../tasks/plan-run/prices.ts';
import { type PriceList, refreshed } from '../../tools/refreshed.ts';

const old = pricesSchema.parse(published);
const today = new Date('2026-12-01T10:00:00Z');

/** A product as GetProducts answers it (AWS Billing User Guide, "Reading the service price list file"). */
const product = (attributes: Record<string, string>, ...tiers: [beginRange: string, usd: string][]): string =>
  JSON.stringify({
    product: { productFamily: 'x', attributes, sku: 'S' },
    serviceCode: 'x',
    terms: {
      OnDemand: {
        'S.T': {
          priceDimensions: Object.fromEntries(
            tiers.map(([beginRange, usd], index) => [
              `S.T.${index}`,
              { unit: 'Hrs', beginRange, endRange: 'Inf', pricePerUnit: { USD: usd } },
            ]),
          ),
          sku: 'S',
          termAttributes: {},
        },
      },
    },
  });

const priceList: PriceList = (service, filters) => {
  expect(filters['regionCode'] ?? filters['fromRegionCode']).toBe('eu-central-1');
  switch (service) {
    case 'AWSGlue':
      return [
        product({ usagetype: 'EUC1-ETL-Flex-DPU-Hour' }, ['0', '0.29']),
        product({ usagetype: 'EUC1-ETL-DPU-Hour' }, ['0', '0.5']),
      ];
    case 'AWSDataTransfer':
      return [product({ toLocation: 'External' }, ['10240', '0.085'], ['0', '0'], ['1', '0.09'])];
    case 'AmazonEC2':
      return filters['instanceType'] === 'm7g.xlarge'
        ? [product({}, ['0', '0.2'])]
        : [product({}, ['0', '0.3'])];
    default:
      return [product({}, ['0', '0.05'])];
  }
};

describe('refreshed prices', () => {
  it('are those of the list, for the same machines', () => {
    const prices = refreshed(old, 'eu-central-1', today, priceList);
    expect(prices).toMatchObject({ region: 'eu-central-1', date: '2026-12-01', egressUsdPerGb: 0.09 });
    expect(prices.glue.workers.map(({ usdPerHour }) => usdPerHour)).toEqual([0.5, 1, 2, 4]);
    expect(prices.emr.instances[0]).toMatchObject({
      type: 'm7g.xlarge',
      ec2UsdPerHour: 0.2,
      emrUsdPerHour: 0.05,
    });
    expect(prices.emr.instances.map(({ type }) => type)).toEqual(old.emr.instances.map(({ type }) => type));
  });

  it('are refused when the region has not all of it', () => {
    const withoutEmr: PriceList = (service, filters) =>
      service === 'ElasticMapReduce' ? [] : priceList(service, filters);
    expect(() => refreshed(old, 'eu-central-1', today, withoutEmr)).toThrow(
      'no price of m7g.xlarge of Amazon EMR',
    );
  });
});
