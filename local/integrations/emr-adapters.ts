import {
  AddJobFlowStepsCommand,
  AddJobFlowStepsInput$,
  CancelStepsCommand,
  DescribeClusterCommand,
  DescribeStepCommand,
  type EMRClient,
  RunJobFlowCommand,
  type RunJobFlowCommandInput,
  RunJobFlowInput$,
  type StepConfig,
  StepConfig$,
  TerminateJobFlowsCommand,
} from '@aws-sdk/client-emr';
import {
  type ArgumentProblem,
  type PollResult,
  type TaskAdapter,
  TaskFailure,
} from '../states/adapters/adapter.ts';
import { isJsonObject, type Json, type JsonObject } from '../states/json.ts';
import { problemsByModel } from './api-model.ts';
import { answerJson, call } from './call.ts';
import { pollAfterMs } from './polling.ts';

/** Step Functions knows one error of EMR's API; the real one is in the cause. */
const NAMES = {
  prefix: 'EMR',
  service: 'AmazonElasticMapReduce',
  onlyError: 'AmazonElasticMapReduceException',
};

const RESOURCE = 'arn:aws:states:::elasticmapreduce:';

/**
 * The `elasticmapreduce` integrations. A `.sync` one that is aborted or times out leaves its cluster and step as they
 * are, as on AWS: whoever started them must look after them.
 */
export function emrAdapters(emr: EMRClient): TaskAdapter[] {
  const describeCluster = async (ClusterId: string): Promise<JsonObject> => {
    const { Cluster } = await call(NAMES, emr.send(new DescribeClusterCommand({ ClusterId })));
    return answerJson(Cluster ?? {});
  };

  const createCluster = async (args: Json): Promise<string> => {
    const { JobFlowId } = await call(
      NAMES,
      emr.send(new RunJobFlowCommand(args as unknown as RunJobFlowCommandInput)),
    );
    return JobFlowId ?? '';
  };

  const addStep = async (args: Json): Promise<{ clusterId: string; stepId: string }> => {
    const { Step, ...rest } = args as JsonObject;
    const clusterId = textMember(args, 'ClusterId');
    const { ClusterId: _, ...others } = rest;
    const { StepIds } = await call(
      NAMES,
      emr.send(
        new AddJobFlowStepsCommand({
          JobFlowId: clusterId,
          Steps: [Step as unknown as StepConfig],
          ...others,
        }),
      ),
    );
    return { clusterId, stepId: StepIds?.[0] ?? '' };
  };

  const terminate = async (args: Json): Promise<string> => {
    const clusterId = textMember(args, 'ClusterId');
    await call(NAMES, emr.send(new TerminateJobFlowsCommand({ JobFlowIds: [clusterId] })));
    return clusterId;
  };

  return [
    {
      resource: `${RESOURCE}createCluster`,
      validateArguments: (template) => clusterProblems(template, false),
      submit: async (args) => ({ output: { ClusterId: await createCluster(args) } }),
    },
    {
      resource: `${RESOURCE}createCluster.sync`,
      validateArguments: (template) => clusterProblems(template, true),
      async submit(args) {
        const clusterId = await createCluster(args);
        return { output: { ClusterId: clusterId }, handle: { clusterId } };
      },
      async poll(handle) {
        const clusterId = textMember(handle, 'clusterId');
        const cluster = await describeCluster(clusterId);
        return clusterOutcome(cluster, ['WAITING'], { Cluster: cluster, ClusterId: clusterId });
      },
      pollAfterMs,
    },
    {
      resource: `${RESOURCE}addStep`,
      validateArguments: stepProblems,
      submit: async (args) => ({ output: { StepId: (await addStep(args)).stepId } }),
    },
    {
      resource: `${RESOURCE}addStep.sync`,
      validateArguments: stepProblems,
      async submit(args) {
        const handle = await addStep(args);
        return { output: { StepId: handle.stepId }, handle };
      },
      async poll(handle) {
        const { Step } = await call(
          NAMES,
          emr.send(
            new DescribeStepCommand({
              ClusterId: textMember(handle, 'clusterId'),
              StepId: textMember(handle, 'stepId'),
            }),
          ),
        );
        const output = { Step: answerJson(Step ?? {}) };
        switch (Step?.Status?.State) {
          case 'COMPLETED':
            return { status: 'succeeded', output };
          case 'FAILED':
          case 'CANCELLED':
          case 'INTERRUPTED':
            return { status: 'failed', error: 'States.TaskFailed', cause: JSON.stringify(output) };
          default:
            return { status: 'pending' };
        }
      },
      pollAfterMs,
    },
    {
      resource: `${RESOURCE}cancelStep`,
      async submit(args) {
        const { CancelStepsInfoList } = await call(
          NAMES,
          emr.send(
            new CancelStepsCommand({
              ClusterId: textMember(args, 'ClusterId'),
              StepIds: [textMember(args, 'StepId')],
            }),
          ),
        );
        return { output: { CancelStepsInfo: answerJson(CancelStepsInfoList?.[0] ?? {}) } };
      },
    },
    {
      resource: `${RESOURCE}terminateCluster`,
      async submit(args) {
        await terminate(args);
        return { output: {} };
      },
    },
    {
      resource: `${RESOURCE}terminateCluster.sync`,
      async submit(args) {
        return { output: {}, handle: { clusterId: await terminate(args) } };
      },
      async poll(handle) {
        const cluster = await describeCluster(textMember(handle, 'clusterId'));
        return clusterOutcome(cluster, ['TERMINATED', 'TERMINATED_WITH_ERRORS'], { Cluster: cluster });
      },
      pollAfterMs,
    },
  ];
}

/** What a cluster's state means to who waits for it to reach one of `wanted`. */
function clusterOutcome(cluster: JsonObject, wanted: string[], output: JsonObject): PollResult {
  const status = cluster['Status'];
  const state = isJsonObject(status) ? status['State'] : undefined;
  if (typeof state === 'string' && wanted.includes(state)) return { status: 'succeeded', output };
  if (state === 'TERMINATING' && wanted.includes('TERMINATED')) return { status: 'pending' };
  if (state === 'TERMINATING' || state === 'TERMINATED' || state === 'TERMINATED_WITH_ERRORS')
    return { status: 'failed', error: 'States.TaskFailed', cause: JSON.stringify({ Cluster: cluster }) };
  return { status: 'pending' };
}

/** Step Functions takes no Steps with createCluster, and waits for WAITING, which only a cluster kept alive reaches. */
function clusterProblems(template: Json | undefined, waits: boolean): ArgumentProblem[] {
  const problems = problemsByModel(RunJobFlowInput$, template ?? {});
  if (!isJsonObject(template)) return problems;
  if ('Steps' in template)
    problems.push({ path: '/Steps', message: 'is not taken by createCluster; add steps by addStep' });
  const instances = template['Instances'];
  if (waits && isJsonObject(instances) && !instances['KeepJobFlowAliveWhenNoSteps'])
    problems.push({ path: '/Instances/KeepJobFlowAliveWhenNoSteps', message: 'must be true' });
  return problems;
}

/** addStep takes one `Step` beside `ClusterId`, not EMR's list `Steps`. */
function stepProblems(template: Json | undefined): ArgumentProblem[] {
  const { ClusterId, Step, ...others } = isJsonObject(template) ? template : {};
  return [
    ...(ClusterId === undefined ? [{ path: '/ClusterId', message: 'is required' }] : []),
    ...(Step === undefined
      ? [{ path: '/Step', message: 'is required' }]
      : problemsByModel(StepConfig$, Step, '/Step')),
    ...problemsByModel(AddJobFlowStepsInput$, { JobFlowId: '', Steps: [], ...others }),
  ];
}

function textMember(value: Json, name: string): string {
  const member = isJsonObject(value) ? value[name] : undefined;
  if (typeof member === 'string') return member;
  throw new TaskFailure(
    'States.Runtime',
    `expected the argument ${name} to be text, got ${JSON.stringify(member)}`,
  );
}
