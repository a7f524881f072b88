import { attemptFolder, batchKey, contractKey } from '../core/folders.ts';

/** Where an attempt finds its input and leaves its output. */
export interface JobLocations {
  dataset: string;
  runId: string;
  attempt: number;
  destinationBucket: string;
  lakeBucket: string;
  artifactsBucket: string;
}

/** The arguments of `spark/job.py`, the same on every engine. */
export function jobArguments(at: JobLocations): Record<string, string> {
  const uri = (key: string): string => `s3://${at.destinationBucket}/${key}`;
  return {
    '--run-id': at.runId,
    '--attempt': String(at.attempt),
    '--contract': uri(contractKey(at.dataset, at.runId)),
    '--batch': uri(batchKey(at.dataset, at.runId)),
    '--output': uri(attemptFolder(at.dataset, at.runId, at.attempt)),
    '--references': `s3://${at.lakeBucket}`,
  };
}

/** Spark's settings for an attempt on so many slots. */
export function sparkSettings(
  slots: number,
  textBytes: number,
  { lakeBucket }: JobLocations,
): Record<string, string> {
  // About 64 MB of text for a task, and each slot busy; adaptive execution joins what turns out small.
  const partitions = Math.max(2, Math.min(Math.ceil(textBytes / 64_000_000), slots * 4));
  return {
    'spark.sql.extensions': 'org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions',
    'spark.sql.catalog.lake': 'org.apache.iceberg.spark.SparkCatalog',
    'spark.sql.catalog.lake.type': 'glue',
    'spark.sql.catalog.lake.io-impl': 'org.apache.iceberg.aws.s3.S3FileIO',
    'spark.sql.catalog.lake.warehouse': `s3://${lakeBucket}/warehouse`,
    'spark.sql.shuffle.partitions': String(partitions),
  };
}
