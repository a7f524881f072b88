import type { GlueCandidate } from './choose.ts';
import type { FileEstimate } from './estimate/file-estimate.ts';
import { type JobLocations, jobArguments, sparkSettings } from './job-arguments.ts';

/** The arguments of a Glue job run: the job's own, and Spark's settings in the one `--conf` that Glue takes. */
export function glueArguments(
  { slots, features }: GlueCandidate & { features: FileEstimate },
  at: JobLocations,
): Record<string, string> {
  const settings = Object.entries(sparkSettings(slots, features.textBytes.value, at));
  return {
    ...jobArguments(at),
    '--conf': settings.map(([name, value]) => `${name}=${value}`).join(' --conf '),
    '--extra-py-files': `s3://${at.artifactsBucket}/spark/tidegate_spark.zip`,
    '--datalake-formats': 'iceberg',
  };
}
