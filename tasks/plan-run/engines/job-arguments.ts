import { attemptFolder, batchKey, contractKey, exportFolder } from '../../core/folders/folders.ts';

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
    '--exports': uri(exportFolder(at.dataset, at.runId)),
  };
}
