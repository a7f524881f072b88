import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Match } from 'aws-cdk-lib/assertions';
import { ingestDefinition } from '../../infra/state-machine/ingest-definition.ts';
import { functionTable } from '../../tasks/functions.ts';
import { synthesise, tidegateStack } from './synthesise.ts';

const template = synthesise();

describe('the state machine', () => {
  it('is deployed from the very file that runs locally', () => {
    const { app, stack } = tidegateStack();
    app.synth();
    const [machine] = Object.values(template.findResources('AWS::StepFunctions::StateMachine'));
    const hash = String(machine?.Properties.DefinitionS3Location.Key).replace(/\.json$/, '');
    const asset = join(app.outdir, `asset.${hash}.json`);
    expect(stack.stackName).toBe('Test');
    expect(readFileSync(asset, 'utf8')).toBe(readFileSync(ingestDefinition.file, 'utf8'));
  });

  it('gets a value for each of its placeholders', () => {
    const [machine] = Object.values(template.findResources('AWS::StepFunctions::StateMachine'));
    expect(Object.keys(machine?.Properties.DefinitionSubstitutions).toSorted()).toEqual(
      ingestDefinition.placeholders.toSorted(),
    );
  });

  it('invokes every function of the table, and each by its own name', () => {
    const [machine] = Object.values(template.findResources('AWS::StepFunctions::StateMachine'));
    const substitutions: Record<string, unknown> = machine?.Properties.DefinitionSubstitutions;
    for (const name of Object.keys(functionTable)) {
      expect(JSON.stringify(substitutions[name])).toMatch(new RegExp(`Functions${name}Function`));
    }
  });

  it('is known to its functions by the name it has', () => {
    template.hasResourceProperties('AWS::StepFunctions::StateMachine', {
      StateMachineName: 'tidegate-ingest',
      StateMachineType: 'STANDARD',
      TracingConfiguration: { Enabled: true },
      LoggingConfiguration: Match.objectLike({ Level: 'ALL' }),
    });
    const [admit] = Object.values(template.findResources('AWS::Lambda::Function'));
    expect(JSON.stringify(admit?.Properties.Environment.Variables.TIDEGATE_STATE_MACHINE_ARN)).toContain(
      ':stateMachine:tidegate-ingest',
    );
  });

  it("and the Glue job carry the pipeline's name", () => {
    const other = synthesise({ name: 'other' });
    other.hasResourceProperties('AWS::StepFunctions::StateMachine', { StateMachineName: 'other-ingest' });
    other.hasResourceProperties('AWS::Glue::Job', { Name: 'other-spark' });
  });
});

describe('a cluster', () => {
  const { CreateCluster } = JSON.parse(readFileSync(ingestDefinition.file, 'utf8')).States;

  it("has EMR's Iceberg, whose classes the plan's catalog names", () => {
    expect(CreateCluster.Arguments.Configurations).toEqual([
      { Classification: 'iceberg-defaults', Properties: { 'iceberg.enabled': 'true' } },
    ]);
  });
});

describe('an upload', () => {
  it('starts it, and its event is kept where that fails', () => {
    const buckets = Object.entries(template.findResources('AWS::S3::Bucket'));
    const [source] = buckets.find(([, { Properties }]) => Properties.VersioningConfiguration) ?? [];
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.s3'],
        'detail-type': ['Object Created'],
        detail: { bucket: { name: [{ Ref: source }] } },
      },
      Targets: [
        Match.objectLike({
          Arn: { Ref: Object.keys(template.findResources('AWS::StepFunctions::StateMachine'))[0] },
          DeadLetterConfig: { Arn: Match.anyValue() },
          RetryPolicy: { MaximumEventAgeInSeconds: 86400, MaximumRetryAttempts: 185 },
        }),
      ],
    });
  });
});
