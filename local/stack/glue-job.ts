import { CreateJobCommand, type GlueClient, UpdateJobCommand, type WorkerType } from '@aws-sdk/client-glue';
import settings from '../../glue/job.json' with { type: 'json' };
import { catalogSettings } from '../../tasks/core/compute/catalog-settings.ts';
import { arns, names } from './names.ts';

/** Creates the Glue jobs, that of the Spark job and that of maintenance, or brings them up to date. */
export async function putGlueJobs(glue: GlueClient): Promise<void> {
  const catalog = Object.entries(catalogSettings(names.lakeBucket));
  await Promise.all([
    put(glue, names.glueJob, 'job.py', {}),
    put(glue, names.maintenanceJob, 'maintain.py', {
      '--conf': catalog.map(([name, value]) => `${name}=${value}`).join(' --conf '),
    }),
  ]);
}

async function put(
  glue: GlueClient,
  name: string,
  script: string,
  more: Record<string, string>,
): Promise<void> {
  const job = {
    Role: arns.role,
    Command: {
      Name: settings.command,
      PythonVersion: settings.pythonVersion,
      ScriptLocation: `s3://${names.artifactsBucket}/spark/${script}`,
    },
    DefaultArguments: {
      '--extra-py-files': `s3://${names.artifactsBucket}/spark/tidegate_spark.zip`,
      ...settings.arguments,
      ...more,
    },
    // As many as this machine has patience for; on AWS an account's quota.
    ExecutionProperty: { MaxConcurrentRuns: 2 },
    GlueVersion: settings.glueVersion,
    WorkerType: settings.workerType as WorkerType,
    NumberOfWorkers: settings.numberOfWorkers,
    MaxRetries: settings.maxRetries,
    Timeout: settings.timeoutMinutes,
  };
  try {
    await glue.send(new UpdateJobCommand({ JobName: name, JobUpdate: job }));
  } catch (error) {
    if ((error as Error).name !== 'EntityNotFoundException') throw error;
    await glue.send(new CreateJobCommand({ Name: name, ...job }));
  }
}
