import { Stack, Validations } from 'aws-cdk-lib';
import { CfnDatabase, CfnJob } from 'aws-cdk-lib/aws-glue';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { NAMESPACE } from '../permissions/job-permissions.ts';

export interface SparkGlueJobProps {
  readonly jobName: string;
  readonly artifacts: IBucket;
}

/** The Spark job on Glue, and the catalog database that its Iceberg tables are in. The plan sets size and arguments. */
export class SparkGlueJob extends Construct {
  readonly role: Role;

  constructor(scope: Construct, id: string, { jobName, artifacts }: SparkGlueJobProps) {
    super(scope, id);
    new CfnDatabase(this, 'Namespace', {
      catalogId: Stack.of(this).account,
      databaseInput: { name: NAMESPACE, description: "Tidegate's Iceberg tables, one for each dataset" },
    });
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('glue.amazonaws.com') });
    const job = new CfnJob(this, 'Job', {
      name: jobName,
      description: 'Reads, checks and merges a batch of uploads',
      role: this.role.roleArn,
      glueVersion: '6.0',
      command: {
        name: 'glueetl',
        pythonVersion: '3',
        scriptLocation: artifacts.s3UrlForObject('spark/job.py'),
      },
      defaultArguments: {
        '--datalake-formats': 'iceberg',
        '--extra-py-files': artifacts.s3UrlForObject('spark/tidegate_spark.zip'),
        '--enable-metrics': 'true',
      },
      // A failed run is a new attempt, which the workflow alone may begin.
      maxRetries: 0,
      // One run at a time for each dataset; the account's quota is the true bound.
      executionProperty: { maxConcurrentRuns: 100 },
      workerType: 'G.1X',
      numberOfWorkers: 2,
    });
    Validations.of(job).acknowledge(
      {
        id: 'AwsSolutions::AwsSolutions-GL1',
        reason:
          'The log holds counts and names of columns, no values; CloudWatch encrypts it by its own key.',
      },
      { id: 'AwsSolutions::AwsSolutions-GL3', reason: 'The job uses no bookmarks.' },
    );
  }
}
