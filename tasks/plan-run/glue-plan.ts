import type { Priced } from './choose.ts';
import { type JobLocations, jobArguments } from './job-arguments.ts';
import { sparkSettings } from './spark-settings.ts';

/** A job run may take so many times longer than expected before Glue ends it. */
const TIMEOUT_FACTOR = 6;
/** The state RunGlueJob waits no longer than that: Glue is to end the run, and its bill, before. */
const TIMEOUT_MINUTES = { least: 15, most: 715 };

/** What StartJobRun is given for an attempt; Spark's settings are in the one `--conf` that Glue takes. */
export function gluePlan(best: Priced, textBytes: number, at: JobLocations) {
  const settings = Object.entries(sparkSettings(best, textBytes, at));
  return {
    workerType: best.machine.instanceType,
    numberOfWorkers: best.machine.instanceCount + 1,
    timeoutMinutes: Math.min(
      TIMEOUT_MINUTES.most,
      Math.max(TIMEOUT_MINUTES.least, Math.ceil((best.jobSeconds * TIMEOUT_FACTOR) / 60)),
    ),
    arguments: {
      ...jobArguments(at),
      '--conf': settings.map(([name, value]) => `${name}=${value}`).join(' --conf '),
      '--extra-py-files': `s3://${at.artifactsBucket}/spark/tidegate_spark.zip`,
      '--datalake-formats': 'iceberg',
    },
  };
}
