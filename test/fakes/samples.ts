import type { Upload } from '../../tasks/core/batch.ts';
import { defaultDialect } from '../../tasks/core/contract/dialect.ts';
import type { Contract } from '../../tasks/core/contract.ts';
import type { Execution } from '../../tasks/core/execution.ts';
import type { Manifest } from '../../tasks/core/manifest.ts';
import { orderStampOf, uploadIdOf } from '../../tasks/core/upload-id.ts';

export const BUCKETS = {
  sourceBucket: 'source',
  artifactsBucket: 'artifacts',
  destinationBucket: 'destination',
} as const;

export const contractOf = (changes: Partial<Contract> = {}): Contract => ({
  formatVersion: 1,
  dataset: 'flights',
  table: 'flights',
  contractId: 'urn:tidegate:flights',
  version: '1.0.0',
  description: 'Departures.',
  columns: [
    {
      name: 'id',
      source: 'id',
      type: { kind: 'integer' },
      required: true,
      unique: false,
      description: '',
      format: null,
      rules: {},
    },
    {
      name: 'note',
      source: 'note',
      type: { kind: 'string' },
      required: false,
      unique: false,
      description: '',
      format: null,
      rules: {},
    },
  ],
  key: ['id'],
  partitionBy: [],
  rowRules: [],
  tableRules: [],
  csv: defaultDialect,
  write: { mode: 'merge', orderBy: null },
  unknownColumns: 'reject',
  quarantineMaxShare: 0.05,
  engine: 'auto',
  deliver: 'bigquery',
  export: [],
  maxCostPerRunUsd: null,
  batch: { maxUploads: 200, maxBytes: 50_000_000_000 },
  latencySeconds: 1800,
  references: [],
  transform: null,
  ...changes,
});

export const executionOf = (name: string, redriveCount = 0): Execution => ({
  arn: `arn:aws:states:us-east-1:123456789012:execution:ingest:${name}`,
  name,
  startTime: '2026-11-23T20:15:00.000Z',
  redriveCount,
});

export const uploadOf = (key: string, versionId = 'v1', second = 0): Upload => {
  const uploadedAt = new Date(Date.UTC(2026, 10, 23, 20, 0, second));
  return {
    uploadId: uploadIdOf(BUCKETS.sourceBucket, key, versionId),
    bucket: BUCKETS.sourceBucket,
    key,
    versionId,
    uploadedAt: uploadedAt.toISOString(),
    orderStamp: orderStampOf(uploadedAt, null),
    sizeBytes: 10,
    compression: 'none',
  };
};

/** The event that Amazon S3 sends by EventBridge for a new object. */
export const objectCreated = (key: string, versionId = 'v1', size = 10, second = 0) => ({
  version: '0',
  id: '17793124-05d4-b198-2fde-7ededc63b103',
  'detail-type': 'Object Created',
  source: 'aws.s3',
  account: '123456789012',
  time: new Date(Date.UTC(2026, 10, 23, 20, 0, second)).toISOString().replace('.000Z', 'Z'),
  region: 'us-east-1',
  resources: [`arn:aws:s3:::${BUCKETS.sourceBucket}`],
  detail: {
    version: '0',
    bucket: { name: BUCKETS.sourceBucket },
    object: {
      key,
      size,
      etag: 'b1946ac92492d2347c6235b4d2611184',
      'version-id': versionId,
      sequencer: '00617F08299329D189',
    },
    'request-id': 'N4N7GDK58NMKJ12R',
    requester: '123456789012',
    'source-ip-address': '127.0.0.1',
    reason: 'PutObject',
  },
});

export const manifestOf = (runId: string, uploadId: string, changes: Partial<Manifest> = {}): Manifest => ({
  formatVersion: 1,
  dataset: 'flights',
  runId,
  attempt: 1,
  sparkVersion: '4.1.1',
  startedAt: '2026-11-23T20:16:00Z',
  finishedAt: '2026-11-23T20:16:30Z',
  stageSeconds: { read: 10, merge: 20 },
  table: { identifier: 'lake.tidegate.flights', snapshotId: '1', columns: [] },
  rows: { read: 10, kept: 8, quarantined: 2, current: 7, superseded: 1 },
  uploads: [
    {
      uploadId,
      outcome: 'LOADED',
      read: 10,
      kept: 8,
      quarantined: 2,
      current: 7,
      superseded: 1,
      reasons: [],
    },
  ],
  changes: {
    parts: [
      { path: `s3://destination/runs/flights/${runId}/attempts/1/changes/a.parquet`, rows: 7, bytes: 70 },
    ],
  },
  quarantine: {
    parts: [
      { path: `s3://destination/runs/flights/${runId}/attempts/1/quarantine/a.parquet`, rows: 2, bytes: 20 },
    ],
  },
  ...changes,
});
