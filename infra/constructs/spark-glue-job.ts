import { RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { CfnDatabase, CfnJob, CfnTrigger } from 'aws-cdk-lib/aws-glue';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import settings from '../../glue/job.json' with { type: 'json' };
import { catalogSettings } from '../../tasks/core/compute/catalog-settings.ts';
import { NAMESPACE } from '../permissions/job-permissions.ts';

export interface SparkGlueJobProps {
  readonly jobName: string;
  readonly artifacts: IBucket;
  /** Where the tables are. */
  readonly lake: IBucket;
  /** Whether the catalog's entries of the tables go with the stack. */
  readonly removeData: boolean;
}

/** When few uploads come, in UTC. */
const MAINTENANCE = 'cron(0 3 * * ? *)';
const MAINTENANCE_TIMEOUT_MINUTES = 8 * 60;

/** The Spark job on Glue, and the catalog database that its Iceberg tables are in. The plan sets size and arguments. */
export class SparkGlueJob extends Construct {
  readonly role: Role;
  readonly maintenanceJobName: string;

  constructor(scope: Construct, id: string, { jobName, artifacts, lake, removeData }: SparkGlueJobProps) {
    super(scope, id);
    const namespace = new CfnDatabase(this, 'Namespace', {
      catalogId: Stack.of(this).account,
      databaseInput: { name: NAMESPACE, description: "Tidegate's Iceberg tables, one for each dataset" },
    });
    // The catalog alone knows which of a table's metadata files is the newest.
    namespace.applyRemovalPolicy(
      removeData ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    );
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('glue.amazonaws.com') });
    const common = {
      role: this.role.roleArn,
      glueVersion: settings.glueVersion,
      // A failed run is a new attempt, which the workflow alone may begin.
      maxRetries: settings.maxRetries,
      workerType: settings.workerType,
      numberOfWorkers: settings.numberOfWorkers,
    };
    const command = (script: string) => ({
      name: settings.command,
      pythonVersion: settings.pythonVersion,
      scriptLocation: artifacts.s3UrlForObject(`spark/${script}`),
    });
    const defaultArguments = {
      ...settings.arguments,
      '--extra-py-files': artifacts.s3UrlForObject('spark/tidegate_spark.zip'),
      '--enable-metrics': 'true',
    };
    const job = new CfnJob(this, 'Job', {
      ...common,
      name: jobName,
      description: 'Reads, checks and merges a batch of uploads',
      command: command('job.py'),
      defaultArguments,
      // One run at a time for each dataset; the account's quota is the true bound.
      executionProperty: { maxConcurrentRuns: 100 },
    });
    this.maintenanceJobName = `${jobName}-maintenance`;
    const catalog = Object.entries(catalogSettings(lake.bucketName));
    const maintenance = new CfnJob(this, 'Maintenance', {
      ...common,
      name: this.maintenanceJobName,
      description: 'Joins small files of the tables and expires what nobody needs any more',
      command: command('maintain.py'),
      defaultArguments: {
        ...defaultArguments,
        '--conf': catalog.map(([name, value]) => `${name}=${value}`).join(' --conf '),
      },
      timeout: MAINTENANCE_TIMEOUT_MINUTES,
      // Adopting data is a run of it, too.
      executionProperty: { maxConcurrentRuns: 4 },
    });
    new CfnTrigger(this, 'Nightly', {
      name: this.maintenanceJobName,
      type: 'SCHEDULED',
      schedule: MAINTENANCE,
      startOnCreation: true,
      actions: [{ jobName: maintenance.ref }],
    });
    for (const each of [job, maintenance]) {
      Validations.of(each).acknowledge(
        {
          id: 'AwsSolutions::AwsSolutions-GL1',
          reason:
            'The log holds counts and names of columns, no values; CloudWatch encrypts it by its own key.',
        },
        { id: 'AwsSolutions::AwsSolutions-GL3', reason: 'The job uses no bookmarks.' },
      );
    }
  }
}
