/**
 * Writes the prices that AWS publishes today into `tasks/plan-run/prices.json`, or another file of that form for
 * another region (the deployment setting `prices`). Asks AWS's price list by the `aws` command.
 *
 * Usage: node tools/refresh-prices.ts [REGION] [FILE]
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pricesSchema } from '../tasks/plan-run/prices.ts';
import { type PriceList, refreshed } from './refreshed.ts';

const ROOT = path.join(import.meta.dirname, '..');
const PUBLISHED = path.join(ROOT, 'tasks/plan-run/prices.json');

/** The price list has an endpoint in few regions; each knows the prices of all. */
const ENDPOINT_REGION = 'us-east-1';

const priceList: PriceList = (service, filters) => {
  const asked = Object.entries(filters).map(([Field, Value]) => ({ Type: 'TERM_MATCH', Field, Value }));
  const answer = execFileSync(
    path.join(ROOT, '.venv/bin/aws'),
    ['pricing', 'get-products', '--region', ENDPOINT_REGION, '--output', 'json'].concat([
      '--service-code',
      service,
      '--filters',
      JSON.stringify(asked),
    ]),
    { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  );
  return (JSON.parse(answer) as { PriceList: string[] }).PriceList;
};

const old = pricesSchema.parse(JSON.parse(readFileSync(PUBLISHED, 'utf8')));
const [region = old.region, file = PUBLISHED] = process.argv.slice(2);
const prices = refreshed(old, region, new Date(), priceList);
writeFileSync(file, `${JSON.stringify(prices, null, 2)}\n`);
console.log(`${file}: the prices of ${region} on ${prices.date}`);
