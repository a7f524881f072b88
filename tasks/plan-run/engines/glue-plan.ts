import type { Priced } from '../priced.ts';
import { type JobLocations, jobArguments } from './job-arguments.ts';
import { sparkSettings } from './spark-settings.ts';

/** Glue is to end a job run, and its bill, before the state RunGlueJob gives it up. */
const ENDS_BEFORE_MINUTES = 5;

/**
 * What StartJobRun is given for an attempt; Spark's settings are in the one `--conf` that Glue takes.
 * @param limitSeconds how long the workflow waits for the job.
 */
export function gluePlan(best: Priced, textBytes: number, limitSeconds: number, at: JobLocations) {
  const settings = Object.entries(sparkSettings(best, textBytes, at));
  return {
    workerType: best.machine.instanceType,
    numberOfWorkers: best.machine.instanceCount + 1,
    timeoutMinutes: Math.floor(limitSeconds / 60) - ENDS_BEFORE_MINUTES,
    arguments: {
      ...jobArguments(at),
      '--conf': settings.map(([name, value]) => `${name}=${value}`).join(' --conf '),
      '--extra-py-files': `s3://${at.artifactsBucket}/spark/tidegate_spark.zip`,
      '--datalake-formats': 'iceberg',
    },
  };
}
