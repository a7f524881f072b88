import { type TaskAdapter, TaskFailure } from '../../local/states/adapters/adapter.ts';
import type { Json } from '../../local/states/json.ts';
import type { FunctionName } from '../../tasks/functions.ts';
import { ClusterEnded, type MemoryCluster } from '../fakes/memory-emr.ts';
import type { World } from './world.ts';

type Tags = { Key: string; Value: string }[];

/** As Step Functions polls EMR and Glue: each minute at first, then every five. */
const pollAfterMs = (elapsedMs: number): number => (elapsedMs < 600_000 ? 60_000 : 300_000);

/** The Resources of the workflow over the services in memory of the present world. */
export function integrations(world: () => World): TaskAdapter[] {
  return [
    {
      resource: 'arn:aws:states:::lambda:invoke',
      async submit(args) {
        const { FunctionName, Payload } = args as { FunctionName: FunctionName; Payload: Json };
        const payload = await world().invoke(FunctionName, Payload);
        return { output: { ExecutedVersion: '$LATEST', Payload: payload, StatusCode: 200 } };
      },
    },
    {
      resource: 'arn:aws:states:::sns:publish',
      async submit(args, { signal }) {
        const { Subject, Message } = args as { Subject: string; Message: string };
        const notice = await world().service(
          'publish',
          () => world().publish(Subject, Message, 'workflow'),
          (lost) => Object.assign(lost, { answerLost: true }),
        );
        // An execution that was cut meanwhile never hears that it was accepted.
        if (signal.aborted) notice.answerLost = true;
        return { output: { MessageId: `m-${notice.atMs}` } };
      },
    },
    {
      resource: 'arn:aws:states:::elasticmapreduce:createCluster.sync',
      async submit(args) {
        const {
          Name,
          Tags = [],
          AutoTerminationPolicy,
        } = args as unknown as {
          Name: string;
          Tags: Tags;
          AutoTerminationPolicy: { IdleTimeout: number };
        };
        const tags = Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value]));
        const cluster = await world().service('createCluster', () => {
          const created = world().clusters.create(Name, tags, AutoTerminationPolicy.IdleTimeout);
          world().watchCluster(created);
          return created;
        });
        return { output: { ClusterId: cluster.id }, handle: cluster.id };
      },
      async poll(handle) {
        const cluster = world().clusters.find(String(handle));
        const described = { Cluster: describe(cluster), ClusterId: cluster.id };
        if (cluster.state === 'WAITING' || cluster.state === 'RUNNING') {
          return { status: 'succeeded', output: described };
        }
        if (!cluster.state.startsWith('TERMINAT')) return { status: 'pending' };
        return { status: 'failed', error: 'States.TaskFailed', cause: JSON.stringify(described) };
      },
      pollAfterMs,
    },
    {
      resource: 'arn:aws:states:::elasticmapreduce:addStep.sync',
      async submit(args) {
        const { ClusterId, Step } = args as unknown as {
          ClusterId: string;
          Step: { HadoopJarStep: { Args: string[] } };
        };
        const step = await world().service('addStep', () =>
          addStep(world(), ClusterId, Step.HadoopJarStep.Args),
        );
        return { output: { StepId: step.id }, handle: { clusterId: ClusterId, stepId: step.id } };
      },
      async poll(handle) {
        const { clusterId, stepId } = handle as { clusterId: string; stepId: string };
        const step = world()
          .clusters.find(clusterId)
          .steps.find(({ id }) => id === stepId);
        const Status = { State: step?.state ?? '', FailureDetails: { Reason: step?.reason ?? '' } };
        const output = { Step: { Id: stepId, Status } };
        if (step?.state === 'COMPLETED') return { status: 'succeeded', output };
        if (step?.state === 'PENDING' || step?.state === 'RUNNING') return { status: 'pending' };
        return { status: 'failed', error: 'States.TaskFailed', cause: JSON.stringify(output) };
      },
      pollAfterMs,
    },
    {
      resource: 'arn:aws:states:::glue:startJobRun.sync',
      async submit(args) {
        const { Arguments, Timeout } = args as unknown as {
          Arguments: Record<string, string>;
          Timeout: number;
        };
        const run = await world().service('startJobRun', () => world().jobRuns.start(Arguments, Timeout));
        return { output: { JobRunId: run.id }, handle: run.id };
      },
      async poll(handle) {
        const { id, state, message } = world().jobRuns.find(String(handle));
        const output = { Id: id, JobRunState: state, ErrorMessage: message };
        if (state === 'SUCCEEDED') return { status: 'succeeded', output };
        if (state === 'STARTING' || state === 'RUNNING' || state === 'STOPPING') return { status: 'pending' };
        return { status: 'failed', error: 'States.TaskFailed', cause: JSON.stringify(output) };
      },
      async stop(handle) {
        await world().jobRuns.stop(String(handle));
      },
      pollAfterMs,
    },
  ];
}

const describe = ({ id, name, state, reason }: MemoryCluster) => {
  const [Code = '', Message = ''] = reason.split(': ');
  return { Id: id, Name: name, Status: { State: state, StateChangeReason: { Code, Message } } };
};

function addStep(world: World, clusterId: string, args: string[]) {
  try {
    return world.clusters.addStep(clusterId, args);
  } catch (error) {
    if (!(error instanceof ClusterEnded)) throw error;
    throw new TaskFailure('EMR.AmazonElasticMapReduceException', error.message);
  }
}
