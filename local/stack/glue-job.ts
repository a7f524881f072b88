import { CreateJobCommand, type GlueClient, UpdateJobCommand } from '@aws-sdk/client-glue';
import { arns, names } from './names.ts';

/** Creates the Glue job that runs the Spark job, or brings it up to date. */
export async function putGlueJob(glue: GlueClient): Promise<void> {
  const job = {
    Role: arns.role,
    Command: {
      Name: 'glueetl',
      PythonVersion: '3',
      ScriptLocation: `s3://${names.artifactsBucket}/spark/job.py`,
    },
    DefaultArguments: {
      '--extra-py-files': `s3://${names.artifactsBucket}/spark/tidegate_spark.zip`,
      '--datalake-formats': 'iceberg',
    },
    // As many as this machine has patience for; on AWS an account's quota.
    ExecutionProperty: { MaxConcurrentRuns: 2 },
    GlueVersion: '6.0',
    WorkerType: 'G.1X',
    NumberOfWorkers: 2,
    MaxRetries: 0,
    Timeout: 60,
  } as const;
  try {
    await glue.send(new UpdateJobCommand({ JobName: names.glueJob, JobUpdate: job }));
  } catch (error) {
    if ((error as Error).name !== 'EntityNotFoundException') throw error;
    await glue.send(new CreateJobCommand({ Name: names.glueJob, ...job }));
  }
}
