import { measure } from './measure.ts';
import { PARTS } from './parts.ts';

/** CopyParts itself, as it is deployed: its bundle, whose URL comes second. */
const [url = '', bundle = ''] = process.argv.slice(2);
Object.assign(process.env, {
  AWS_ENDPOINT_URL: url,
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  AWS_REGION: 'us-east-1',
  POWERTOOLS_LOG_LEVEL: 'SILENT',
  POWERTOOLS_METRICS_DISABLED: 'true',
  TIDEGATE_DESTINATION_BUCKET: 'destination',
  TIDEGATE_GCS_ENDPOINT: url,
  TIDEGATE_GCS_BUCKET: 'transfer',
  TIDEGATE_BIGQUERY_PROJECT: 'local',
});
const { handler } = await import(bundle);
const input = { dataset: 'bench', runId: 'R', attempt: 1, firstPart: 0, lastPart: PARTS - 1 };
await measure(() => handler(input, { functionName: 'CopyParts' }));
