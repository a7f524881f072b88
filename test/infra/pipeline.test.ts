import { Duration } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { type FunctionEntry, type FunctionName, functionTable } from '../../tasks/functions.ts';
import prices from '../../tasks/plan-run/prices.json' with { type: 'json' };
import { requiredSettings } from './required-settings.ts';
import { statementsOf } from './statements.ts';
import { synthesise, tidegateStack } from './synthesise.ts';

const template = synthesise();
const functions = Object.entries(functionTable) as [FunctionName, FunctionEntry][];

describe('buckets', () => {
  const buckets = Object.entries(template.findResources('AWS::S3::Bucket'));

  it('are four, closed to the public and encrypted', () => {
    expect(buckets).toHaveLength(4);
    template.allResourcesProperties('AWS::S3::Bucket', {
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      BucketEncryption: Match.anyValue(),
    });
  });

  it.each(buckets.map(([id]) => id))('%s refuses whatever does not come by TLS', (id) => {
    template.hasResourceProperties('AWS::S3::BucketPolicy', {
      Bucket: { Ref: id },
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Deny',
            Action: 's3:*',
            Principal: { AWS: '*' },
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          }),
        ]),
      },
    });
  });

  it('keep every version of an upload and tell EventBridge of it', () => {
    template.resourcePropertiesCountIs(
      'AWS::S3::Bucket',
      {
        VersioningConfiguration: { Status: 'Enabled' },
        NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
      },
      1,
    );
  });

  it('keep the folder of a run for 30 days, and an upload for ever', () => {
    template.hasResourceProperties('AWS::S3::Bucket', {
      LifecycleConfiguration: {
        Rules: Match.arrayWith([Match.objectLike({ Prefix: 'runs/', ExpirationInDays: 30 })]),
      },
    });
    const versioned = buckets.filter(([, { Properties }]) => Properties.VersioningConfiguration);
    expect(JSON.stringify(versioned)).not.toContain('Expiration');
  });

  it('cannot keep a run for less than a redrive is possible', () => {
    expect(() => synthesise({ runRetention: Duration.days(14) })).toThrow(/14 days; expected at least 15/);
  });
});

describe('data', () => {
  const kinds = ['AWS::S3::Bucket', 'AWS::DynamoDB::Table'];

  it.each(kinds)('%s stays when the stack is deleted', (kind) => {
    template.allResources(kind, { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
  });

  it.each(kinds)('%s goes with the stack where that was asked for', (kind) => {
    synthesise({ removeDataOnDestroy: true }).allResources(kind, { DeletionPolicy: 'Delete' });
  });

  it('of the catalog, which alone knows the newest state of each table, stay and go as the lake does', () => {
    const kind = 'AWS::Glue::Database';
    // A first deployment that fails takes it along: its name is fixed, and would stand in the way of the second.
    template.allResources(kind, { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
    synthesise({ removeDataOnDestroy: true }).allResources(kind, { DeletionPolicy: 'Delete' });
  });

  it('and what people and Google were told of are, after an upgrade, what they were before', () => {
    // Under another logical id CloudFormation makes another: an empty bucket, a topic that nobody reads.
    expect(Object.keys(template.toJSON().Resources)).toEqual(
      expect.arrayContaining([
        'PipelineBucketsSourceA68F200F',
        'PipelineBucketsLake53167D37',
        'PipelineBucketsDestination1736E57F',
        'PipelineBucketsArtifacts18AEC7E7',
        'PipelineStateCFAB434F',
        'PipelineGlueJobNamespaceC3C7BF9B',
        'PipelineAlertsTopic40DC4756',
        'PipelineFunctionsCopyPartsRoleCB76619C',
        'PipelineFunctionsDeliverRoleF4035D25',
      ]),
    );
  });

  it('of the state table can be brought back to any second', () => {
    template.hasResourceProperties('AWS::DynamoDB::Table', {
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      BillingMode: 'PAY_PER_REQUEST',
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      DeletionProtectionEnabled: true,
    });
  });
});

describe('the clean-up', () => {
  const [[cleanUpId = ''] = []] = Object.entries(
    template.findResources('AWS::Lambda::Function', { Properties: { Description: 'Tidegate: CleanUp' } }),
  );
  const cleanUp = { 'Fn::GetAtt': [cleanUpId, 'Arn'] };

  it('is told of every execution of the workflow that ended badly, and of no other', () => {
    const [stateMachine = ''] = Object.keys(template.findResources('AWS::StepFunctions::StateMachine'));
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.states'],
        'detail-type': ['Step Functions Execution Status Change'],
        detail: { status: ['FAILED', 'TIMED_OUT', 'ABORTED'], stateMachineArn: [{ Ref: stateMachine }] },
      },
      Targets: [Match.objectLike({ Arn: cleanUp, DeadLetterConfig: Match.anyValue() })],
    });
  });

  it('sweeps every five minutes', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      ScheduleExpression: 'rate(5 minutes)',
      State: 'ENABLED',
      Targets: [Match.objectLike({ Arn: cleanUp, Input: '{"sweep":true}' })],
    });
  });
});

describe('functions', () => {
  it('are those of the table and no more', () => {
    template.resourcePropertiesCountIs(
      'AWS::Lambda::Function',
      { Runtime: 'nodejs24.x', Architectures: ['arm64'], TracingConfig: { Mode: 'Active' } },
      functions.length,
    );
  });

  it.each(functions)('%s has its memory, its time, its options and a log that ends', (name, entry) => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Description: `Tidegate: ${name}`,
      MemorySize: entry.memoryMiB,
      Timeout: entry.timeoutSeconds,
      Environment: { Variables: { NODE_OPTIONS: entry.nodeOptions ?? Match.absent() } },
      LoggingConfig: { LogGroup: Match.anyValue() },
    });
    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: Match.anyValue() });
  });

  it('have every setting that the code of the tasks asks for', () => {
    const asked = requiredSettings();
    expect(asked).toContain('TIDEGATE_STATE_TABLE');
    template.resourcePropertiesCountIs(
      'AWS::Lambda::Function',
      { Environment: { Variables: Object.fromEntries(asked.map((name) => [name, Match.anyValue()])) } },
      functions.length,
    );
  });

  it('are told of another EMR release and other prices where that is asked for', () => {
    synthesise({ emrRelease: 'emr-spark-8.2.0', prices }).hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: Match.objectLike({
          TIDEGATE_EMR_RELEASE: 'emr-spark-8.2.0',
          TIDEGATE_PRICES: JSON.stringify(prices),
        }),
      },
    });
  });

  it('share no role', () => {
    const roles = Object.values(template.findResources('AWS::Lambda::Function')).map(({ Properties }) =>
      JSON.stringify(Properties.Role),
    );
    expect(new Set(roles).size).toBe(roles.length);
  });
});

describe('clusters', () => {
  it('live where nothing can enter and nothing costs at rest', () => {
    template.resourceCountIs('AWS::EC2::NatGateway', 0);
    template.resourceCountIs('AWS::EC2::SecurityGroupIngress', 0);
    template.allResourcesProperties('AWS::EC2::SecurityGroup', { SecurityGroupIngress: Match.absent() });
    template.resourcePropertiesCountIs('AWS::EC2::VPCEndpoint', { VpcEndpointType: 'Gateway' }, 1);
    template.resourceCountIs('AWS::EC2::VPCEndpoint', 1);
  });

  it.each(['AWS::EC2::VPC', 'AWS::EC2::Subnet', 'AWS::EC2::SecurityGroup'])(
    "%s carries the tag that EMR's managed policy asks for",
    (kind) => {
      template.allResourcesProperties(kind, {
        Tags: Match.arrayWith([{ Key: 'for-use-with-amazon-emr-managed-policies', Value: 'true' }]),
      });
    },
  );

  it('asks AWS for nothing at synthesis, which so needs no credentials', () => {
    const { app } = tidegateStack({}, { account: '123456789012', region: 'eu-west-1' });
    expect(app.synth().manifest.missing).toBeUndefined();
  });

  it('may choose from as many zones as asked for', () => {
    template.resourceCountIs('AWS::EC2::Subnet', 3);
    synthesise({ zones: 2 }).resourceCountIs('AWS::EC2::Subnet', 2);
  });
});

describe('the Spark job on Glue', () => {
  it('is the one of the artifacts bucket, with Iceberg and without retries of its own', () => {
    template.hasResourceProperties('AWS::Glue::Job', {
      GlueVersion: '6.0',
      MaxRetries: 0,
      DefaultArguments: Match.objectLike({ '--datalake-formats': 'iceberg' }),
      Command: Match.objectLike({ Name: 'glueetl', PythonVersion: '3' }),
    });
    template.hasResourceProperties('AWS::Glue::Database', { DatabaseInput: { Name: 'tidegate' } });
  });

  it('may run for several datasets at once', () => {
    const [job] = Object.values(template.findResources('AWS::Glue::Job'));
    expect(job?.Properties.ExecutionProperty.MaxConcurrentRuns).toBeGreaterThan(1);
  });
});

describe('the maintenance of tables', () => {
  it('is a Glue job of its own, with the catalog of the tables, begun every night', () => {
    template.hasResourceProperties('AWS::Glue::Job', {
      Name: 'tidegate-spark-maintenance',
      Command: Match.objectLike({ Name: 'glueetl' }),
      DefaultArguments: Match.objectLike({ '--conf': Match.anyValue() }),
    });
    template.hasResourceProperties('AWS::Glue::Trigger', {
      Type: 'SCHEDULED',
      StartOnCreation: true,
      Actions: [{ JobName: Match.anyValue() }],
    });
  });
});

describe('the deployment of artifacts', () => {
  it('prunes only under prefixes of its own, so that the logs of clusters stay', () => {
    const deployments = Object.values(template.findResources('Custom::CDKBucketDeployment'));
    const prefixes = deployments.map(({ Properties }) => Properties.DestinationBucketKeyPrefix);
    expect(prefixes.toSorted()).toEqual(['datasets', 'spark']);
  });

  it('comes after the functions, which must read what a newer job writes', () => {
    const functions = Object.entries(template.findResources('AWS::Lambda::Function'))
      .filter(([, { Properties }]) => Properties.Environment?.Variables.TIDEGATE_STATE_TABLE)
      .map(([id]) => id);
    expect(functions).toHaveLength(Object.keys(functionTable).length);
    for (const { DependsOn } of Object.values(template.findResources('Custom::CDKBucketDeployment')))
      expect(DependsOn).toEqual(expect.arrayContaining(functions));
  });

  it('comes before the rule that starts executions', () => {
    const [rule] = Object.values(template.findResources('AWS::Events::Rule'));
    const deployments = Object.keys(template.findResources('Custom::CDKBucketDeployment'));
    expect(rule?.DependsOn).toEqual(expect.arrayContaining(deployments));
  });
});

describe('people', () => {
  it('are told when sweeps fail or do not come, or an event is stuck; of a failed execution by its alert alone', () => {
    const alarms = Object.values(template.findResources('AWS::CloudWatch::Alarm'));
    expect(alarms.map(({ Properties }) => Properties.MetricName).toSorted()).toEqual([
      'ApproximateNumberOfMessagesVisible',
      'Errors',
      'Invocations',
    ]);
    const topics = Object.keys(template.findResources('AWS::SNS::Topic')).map((Ref) => ({ Ref }));
    for (const { Properties } of alarms) expect(Properties.AlarmActions).toEqual(topics);
  });

  it('are told by the alarm on dead letters how the upload is loaded, and the alarm made ready for the next', () => {
    const [queue = ''] = Object.keys(template.findResources('AWS::SQS::Queue'));
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'ApproximateNumberOfMessagesVisible',
      AlarmDescription: {
        'Fn::Join': [
          '',
          [
            Match.stringLikeRegexp('tidegate backfill DATASET .* aws sqs purge-queue --queue-url $'),
            { Ref: queue },
          ],
        ],
      },
    });
  });

  it('are told when the maintenance of tables fails, by a role that may publish and nothing else', () => {
    const [topic = ''] = Object.keys(template.findResources('AWS::SNS::Topic'));
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.glue'],
        'detail-type': ['Glue Job State Change'],
        detail: { jobName: ['tidegate-spark-maintenance'], state: ['FAILED', 'TIMEOUT'] },
      },
      Targets: [
        Match.objectLike({
          Arn: { Ref: topic },
          RoleArn: Match.anyValue(),
          InputTransformer: Match.objectLike({
            InputTemplate: Match.stringLikeRegexp('maintenance.*aws glue start-job-run --job-name'),
          }),
        }),
      ],
    });
    const publishing = statementsOf(template, 'MaintenanceFails');
    expect(publishing.map(({ actions }) => actions)).toEqual([['sns:Publish']]);
  });

  it('are told by a topic with a key of its own where they want one, which publishers and alarms may use', () => {
    template.resourceCountIs('AWS::KMS::Key', 0);
    const encrypted = synthesise({ encryptAlerts: true });
    const [key] = Object.keys(encrypted.findResources('AWS::KMS::Key'));
    encrypted.allResourcesProperties('AWS::SNS::Topic', {
      KmsMasterKeyId: { 'Fn::GetAtt': [key, 'Arn'] },
    });
    const uses = { Effect: 'Allow', Action: ['kms:Decrypt', 'kms:GenerateDataKey*'] };
    encrypted.hasResourceProperties('AWS::KMS::Key', {
      EnableKeyRotation: true,
      KeyPolicy: {
        Statement: Match.arrayWith([
          Match.objectLike({
            ...uses,
            Principal: { AWS: '*' },
            Condition: {
              StringEquals: {
                'kms:ViaService': { 'Fn::Join': ['', ['sns.', { Ref: 'AWS::Region' }, '.amazonaws.com']] },
                'kms:CallerAccount': { Ref: 'AWS::AccountId' },
              },
            },
          }),
          Match.objectLike({
            ...uses,
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          }),
        ]),
      },
    });
  });

  it('get mail when they gave an address', () => {
    synthesise({ alertEmails: ['on-call@example.com'] }).hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'email',
      Endpoint: 'on-call@example.com',
    });
  });

  it('find every name they need in the outputs', () => {
    expect(Object.keys(template.findOutputs('*')).toSorted()).toEqual([
      'ArtifactsBucket',
      'DestinationBucket',
      'GoogleRoleOfCopyParts',
      'GoogleRoleOfDeliver',
      'LakeBucket',
      'MaintenanceJob',
      'SourceBucket',
      'StateMachineArn',
      'StateTable',
      'TopicArn',
    ]);
  });
});
