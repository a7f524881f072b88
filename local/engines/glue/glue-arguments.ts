import type { Job, JobRun } from './job-run.ts';

/** Arguments that Glue takes for itself, without a counterpart on one machine. */
const OF_THE_SERVICE =
  /^--(datalake-formats|enable-|job-|TempDir$|extra-jars$|additional-python-modules$|user-jars-first$)/;

/**
 * What a job run hands to spark-submit: Glue's `--conf` (further settings inside its value: `a=b --conf c=d`) and
 * `--extra-py-files` become Spark's own; every other argument goes to the script, behind those that Glue always adds.
 */
export function sparkArgumentsOf(job: Job, run: Pick<JobRun, 'id' | 'arguments'>): string[] {
  const merged = { ...job.defaultArguments, ...run.arguments };
  const { '--conf': conf, '--extra-py-files': pyFiles, ...others } = merged;
  const settings = conf ? conf.split(/\s+--conf\s+/).map((setting) => setting.trim()) : [];
  const ofTheScript = Object.entries(others).filter(([name]) => !OF_THE_SERVICE.test(name));
  return [
    ...settings.flatMap((setting) => ['--conf', setting]),
    ...(pyFiles ? ['--py-files', pyFiles] : []),
    job.command.scriptLocation,
    '--JOB_NAME',
    job.name,
    '--JOB_RUN_ID',
    run.id,
    ...ofTheScript.flat(),
  ];
}
