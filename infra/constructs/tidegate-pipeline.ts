import { join } from 'node:path';
import { Duration, Stack } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { FunctionName } from '../../tasks/functions.ts';
import type { Prices } from '../../tasks/plan-run/prices.ts';
import { allow } from '../permissions/allow.ts';
import { clusterLogPermissions, glueLogPermissions, jobPermissions } from '../permissions/job-permissions.ts';
import type { Places } from '../permissions/places.ts';
import { Alarms } from './alarms.ts';
import { Alerts } from './alerts.ts';
import { Artifacts } from './artifacts.ts';
import { Buckets } from './buckets.ts';
import { CleanUpCalls } from './clean-up-calls.ts';
import { ClusterNetwork } from './cluster-network.ts';
import { ClusterRoles } from './cluster-roles.ts';
import type { GoogleTarget } from './google-target.ts';
import { IngestStateMachine } from './ingest-state-machine.ts';
import { SparkGlueJob } from './spark-glue-job.ts';
import { StateTable } from './state-table.ts';
import { TaskFunctions } from './task-functions.ts';
import { UploadRule } from './upload-rule.ts';

export interface TidegatePipelineProps {
  /** Where the rows go. */
  readonly google: GoogleTarget;
  /**
   * Folder with what is deployed besides resources: `functions/`, `spark/` and `datasets/`, as `packageArtifacts`
   * (infra/package-artifacts.ts) makes it.
   */
  readonly artifactsFolder: string;
  /** Prefix of the state machine's and the Glue job's name, unique in account and region. Default: `tidegate`. */
  readonly name?: string;
  /** Mail addresses that get the alerts. Default: none; subscribe to `topic` as you like. */
  readonly alertEmails?: readonly string[];
  /** Encrypt what SNS holds of alerts by a KMS key of the stack's own. Default: false. */
  readonly encryptAlerts?: boolean;
  /** How long a run's folder is kept, at least 15 days. Default: 30 days. */
  readonly runRetention?: Duration;
  /** How long logs are kept. Default: three months. */
  readonly logRetention?: RetentionDays;
  /** EMR release with Spark 4.1. Default: that of `tasks/plan-run`. */
  readonly emrRelease?: string;
  /** Prices of compute in your region and contract, default: tasks/plan-run/prices.json. */
  readonly prices?: Prices;
  /** Availability zones that EMR may choose from; the region must have as many. Default: 3. */
  readonly zones?: number;
  /** Delete buckets, state table and catalog, with all that is in them, when the stack is deleted. Default: false, they stay. */
  readonly removeDataOnDestroy?: boolean;
}

/**
 * All of Tidegate's AWS side: put it into a stack, upload CSV files to `source`, read the alerts from `topic`.
 * @example
 * new TidegatePipeline(stack, 'Tidegate', { google, artifactsFolder: await packageArtifacts('out') });
 */
export class TidegatePipeline extends Construct {
  readonly source: IBucket;
  readonly lake: IBucket;
  readonly destination: IBucket;
  readonly artifacts: IBucket;
  readonly stateTable: StateTable;
  readonly topic: ITopic;
  readonly stateMachine: IStateMachine;
  /** The Glue job that cares for the tables, and that `tidegate adopt` starts. */
  readonly maintenanceJobName: string;
  /** ARNs of the roles that Google must let in: those of the functions that copy and deliver. */
  readonly googleRoleArns: Readonly<Partial<Record<FunctionName, string>>>;

  constructor(scope: Construct, id: string, props: TidegatePipelineProps) {
    super(scope, id);
    const { google, artifactsFolder, name = 'tidegate', alertEmails: emails = [] } = props;
    const { runRetention = Duration.days(30), logRetention = RetentionDays.THREE_MONTHS } = props;
    const { emrRelease, prices, encryptAlerts: encrypted = false } = props;
    const { zones = 3, removeDataOnDestroy: removeData = false } = props;

    const buckets = new Buckets(this, 'Buckets', { runRetention, removeData });
    const stateTable = new StateTable(this, 'State', { removeData });
    const { topic } = new Alerts(this, 'Alerts', { emails, encrypted });
    const network = new ClusterNetwork(this, 'Network', { zones });
    const clusterRoles = new ClusterRoles(this, 'ClusterRoles');
    const glueJobName = `${name}-spark`;
    const glueJob = new SparkGlueJob(this, 'GlueJob', {
      jobName: glueJobName,
      artifacts: buckets.artifacts,
      lake: buckets.lake,
      removeData,
    });

    // State machine and functions need each other; a name of our own breaks the circle.
    const stack = Stack.of(this);
    const stateMachineName = `${name}-ingest`;
    const places: Places = {
      partition: stack.partition,
      region: stack.region,
      account: stack.account,
      sourceBucket: buckets.source.bucketArn,
      lakeBucket: buckets.lake.bucketArn,
      destinationBucket: buckets.destination.bucketArn,
      artifactsBucket: buckets.artifacts.bucketArn,
      stateTable: stateTable.tableArn,
      topic: topic.topicArn,
      stateMachine: stateMachineArn(stack, stateMachineName),
      glueJob: `arn:${stack.partition}:glue:${stack.region}:${stack.account}:job/${glueJobName}`,
      emrServiceRole: clusterRoles.service.roleArn,
      emrInstanceRole: clusterRoles.instance.roleArn,
    };
    allow(clusterRoles.instance, [...jobPermissions(places), ...clusterLogPermissions(places)]);
    allow(glueJob.role, [...jobPermissions(places), ...glueLogPermissions(places)]);

    const functions = new TaskFunctions(this, 'Functions', {
      places,
      logRetention,
      bundlesFolder: join(artifactsFolder, 'functions'),
      environment: {
        TIDEGATE_SOURCE_BUCKET: buckets.source.bucketName,
        TIDEGATE_LAKE_BUCKET: buckets.lake.bucketName,
        TIDEGATE_DESTINATION_BUCKET: buckets.destination.bucketName,
        TIDEGATE_ARTIFACTS_BUCKET: buckets.artifacts.bucketName,
        TIDEGATE_STATE_TABLE: stateTable.tableName,
        TIDEGATE_TOPIC_ARN: topic.topicArn,
        TIDEGATE_STATE_MACHINE_ARN: places.stateMachine,
        TIDEGATE_GLUE_JOB: glueJobName,
        TIDEGATE_GCS_BUCKET: google.bucket,
        TIDEGATE_BIGQUERY_PROJECT: google.projectId,
        TIDEGATE_BIGQUERY_DATASET: google.dataset,
        TIDEGATE_BIGQUERY_STAGING_DATASET: google.stagingDataset,
        TIDEGATE_BIGQUERY_LOCATION: google.location,
        TIDEGATE_GOOGLE_CREDENTIAL_CONFIG: JSON.stringify(google.credentialConfig),
        ...(emrRelease && { TIDEGATE_EMR_RELEASE: emrRelease }),
        ...(prices && { TIDEGATE_PRICES: JSON.stringify(prices) }),
      },
    });
    const { stateMachine } = new IngestStateMachine(this, 'Ingest', {
      stateMachineName,
      places,
      logRetention,
      functions: functions.byName,
      values: {
        TopicArn: topic.topicArn,
        GlueJob: glueJobName,
        ArtifactsBucket: buckets.artifacts.bucketName,
        EmrServiceRole: clusterRoles.service.roleName,
        EmrInstanceProfile: clusterRoles.instanceProfile.instanceProfileName,
        EmrSubnetIds: network.subnetIds.join(','),
        EmrSecurityGroup: network.securityGroup.securityGroupId,
      },
    });
    // The state machine must not make a cluster before the network and the roles' policies are there.
    stateMachine.node.addDependency(network, clusterRoles);

    const artifacts = new Artifacts(this, 'Artifacts', {
      bucket: buckets.artifacts,
      folder: artifactsFolder,
    });
    // What a newer job writes, its manifest above all, only newer functions may read; these read the older ones, too.
    artifacts.node.addDependency(functions);
    const rule = new UploadRule(this, 'Uploads', { source: buckets.source, stateMachine });
    // An upload that comes before its contract would be ignored.
    rule.node.addDependency(artifacts);
    new CleanUpCalls(this, 'CleanUpCalls', {
      stateMachine,
      cleanUp: functions.byName.CleanUp,
      deadLetters: rule.deadLetters,
    });
    new Alarms(this, 'Alarms', {
      cleanUp: functions.byName.CleanUp,
      deadLetters: rule.deadLetters,
      maintenanceJobName: glueJob.maintenanceJobName,
      topic,
    });

    this.source = buckets.source;
    this.lake = buckets.lake;
    this.destination = buckets.destination;
    this.artifacts = buckets.artifacts;
    this.stateTable = stateTable;
    this.topic = topic;
    this.stateMachine = stateMachine;
    this.maintenanceJobName = glueJob.maintenanceJobName;
    this.googleRoleArns = Object.fromEntries(
      (['CopyParts', 'Deliver'] as const).map((task) => [task, functions.byName[task].role?.roleArn ?? '']),
    );
  }
}

function stateMachineArn({ partition, region, account }: Stack, name: string): string {
  return `arn:${partition}:states:${region}:${account}:stateMachine:${name}`;
}
