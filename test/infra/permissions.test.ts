import { functionPermissions } from '../../infra/permissions/function-permissions.ts';
import { resourcePermissions } from '../../infra/permissions/resource-permissions.ts';
import { ingestDefinition } from '../../infra/state-machine/ingest-definition.ts';
import { functionTable } from '../../tasks/functions.ts';
import { allowedStatements, statementsOf } from './statements.ts';
import { synthesise } from './synthesise.ts';

const template = synthesise();
const statements = allowedStatements(template);

/** Calls that know no resource, and so may be allowed on `*` without a condition. */
const RESOURCELESS =
  /^(xray:Put|xray:GetSampling|elasticmapreduce:ListClusters$|logs:(\w+LogDeliver\w+|\w+ResourcePolic\w+|DescribeLogGroups)$)/;

describe('permissions', () => {
  it('name no action by a wildcard', () => {
    const actions = statements.flatMap((statement) => statement.actions);
    expect(actions.length).toBeGreaterThan(50);
    expect(actions.filter((action) => action.includes('*'))).toEqual([]);
  });

  it('hold on every resource only for calls that know none, or under a condition', () => {
    const open = statements
      .filter(({ resources, conditions }) => resources.includes('*') && Object.keys(conditions).length === 0)
      .flatMap(({ actions }) => actions)
      .filter((action) => !RESOURCELESS.test(action));
    expect(open).toEqual([]);
  });

  it('to pass a role say to which service', () => {
    const passing = statementsOf(template, 'IngestRole').filter(({ actions }) =>
      actions.includes('iam:PassRole'),
    );
    expect(passing.map(({ conditions }) => conditions)).toEqual([
      { StringEquals: { 'iam:PassedToService': 'elasticmapreduce.amazonaws.com' } },
      { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } },
    ]);
  });

  it('of EMR are those that its policy lacks: to pass the role of the machines, and to make the one of spot instances', () => {
    const found = statementsOf(template, 'ClusterRolesService');
    expect(found.map(({ actions, conditions }) => [...actions, conditions])).toEqual([
      ['iam:PassRole', { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } }],
      ['iam:CreateServiceLinkedRole', { StringEquals: { 'iam:AWSServiceName': 'spot.amazonaws.com' } }],
    ]);
    expect(found[1]?.resources).toEqual([
      expect.stringContaining('role/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot'),
    ]);
  });

  it('to end or change a cluster hold for those that carry the tag of a dataset', () => {
    const ending = statements.filter(({ actions }) =>
      actions.some((action) => /TerminateJobFlows|AddJobFlowSteps|CancelSteps/.test(action)),
    );
    expect(ending.length).toBeGreaterThan(3);
    for (const { conditions } of ending) {
      expect(conditions).toEqual({ StringLike: { 'aws:ResourceTag/tidegate:dataset': '*' } });
    }
  });
});

describe('the state machine', () => {
  it.each(ingestDefinition.resources)('may use %s', (resource) => {
    expect(Object.keys(resourcePermissions)).toContain(resource);
  });

  it('has no permissions for what it does not use', () => {
    expect(Object.keys(resourcePermissions).toSorted()).toEqual(ingestDefinition.resources.toSorted());
  });

  it('learns of the end of clusters and steps by the rules that Step Functions manages', () => {
    const rules = statementsOf(template, 'IngestRole')
      .filter(({ actions }) => actions.includes('events:PutRule'))
      .flatMap(({ resources }) => resources)
      .join();
    expect(rules).toContain('StepFunctionsGetEventForEMRRunJobFlowRule');
    expect(rules).toContain('StepFunctionsGetEventForEMRAddJobFlowStepsRule');
  });
});

describe('functions', () => {
  it('have an entry each in the table of permissions', () => {
    expect(Object.keys(functionPermissions).toSorted()).toEqual(Object.keys(functionTable).toSorted());
  });

  it('never write uploads, nor the lake', () => {
    const writing = statementsOf(template, 'PipelineFunctions').filter(({ actions }) =>
      actions.some((action) => /^s3:(Put|Delete)/.test(action)),
    );
    expect(writing.length).toBeGreaterThan(0);
    for (const { resources } of writing) {
      for (const resource of resources) expect(resource).toMatch(/BucketsDestination.*\/runs\//);
    }
  });
});

describe('the Spark job', () => {
  it.each(['ClusterRolesInstance', 'GlueJobRole'])('(%s) never reads the uploads themselves', (role) => {
    const resources = statementsOf(template, role).flatMap((statement) => statement.resources);
    expect(resources.join()).toContain('BucketsLake');
    expect(resources.join()).not.toContain('BucketsSource');
  });

  it.each(['ClusterRolesInstance', 'GlueJobRole'])("(%s) may do what Spark's committers on S3 do", (role) => {
    const actions = statementsOf(template, role).flatMap((statement) => statement.actions);
    expect(actions).toEqual(
      expect.arrayContaining(['s3:AbortMultipartUpload', 's3:ListBucketMultipartUploads']),
    );
  });
});
