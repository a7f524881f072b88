import { type TaskAdapter, TaskFailure } from '../../local/states/adapters/adapter.ts';
import type { Json } from '../../local/states/json.ts';
import type { ClusterState } from '../../tasks/core/ports.ts';
import type { MemoryClusters, MemoryJobRuns, MemoryNotices } from '../fakes/memory-services.ts';

/** What the fake engines do with a job: its arguments in, nothing out when it succeeded; it throws to fail. */
export type Job = (args: readonly string[]) => Promise<void>;

type Args = Record<string, unknown>;

/** `createCluster.sync` and `addStep.sync` over clusters in memory; `knobs.ends` makes one end under its step. */
export function emrAdapters(
  clusters: MemoryClusters,
  job: Job,
  knobs: { createFails?: string; clusterEndsUnderStep?: number },
): TaskAdapter[] {
  let created = 0;
  return [
    {
      resource: 'arn:aws:states:::elasticmapreduce:createCluster.sync',
      async submit(args) {
        created += 1;
        const clusterId = `j-${created}`;
        clusters.create(clusterId, String((args as Args)['Name']));
        return { output: { ClusterId: clusterId }, handle: clusterId };
      },
      async poll(handle) {
        if (knobs.createFails === undefined) return { status: 'succeeded', output: { ClusterId: handle } };
        end(clusters, String(handle), 'TERMINATED_WITH_ERRORS');
        const reason = { Code: 'INSTANCE_FAILURE', Message: knobs.createFails };
        const cause = {
          Cluster: { Id: handle, Status: { State: 'TERMINATED_WITH_ERRORS', StateChangeReason: reason } },
        };
        return { status: 'failed', error: 'States.TaskFailed', cause: JSON.stringify(cause) };
      },
    },
    {
      resource: 'arn:aws:states:::elasticmapreduce:addStep.sync',
      async submit(args) {
        const { ClusterId, Step } = args as unknown as AddStep;
        if (clusters.clusters.get(ClusterId)?.state !== 'WAITING') {
          throw new TaskFailure(
            'EMR.AmazonElasticMapReduceException',
            'A job flow that is shutting down, terminated, or finished may not be modified.',
          );
        }
        if (knobs.clusterEndsUnderStep) {
          knobs.clusterEndsUnderStep -= 1;
          end(clusters, ClusterId, 'TERMINATED_WITH_ERRORS');
          return { output: { StepId: 's-1' }, handle: { failed: 'Step cancelled' } };
        }
        const failed = await failureOf(() => job(Step.HadoopJarStep.Args));
        return { output: { StepId: 's-1' }, handle: { failed } };
      },
      async poll(handle) {
        const { failed } = handle as { failed: string | null };
        if (failed === null)
          return { status: 'succeeded', output: { Step: { Id: 's-1', Status: { State: 'COMPLETED' } } } };
        const cause = {
          Step: { Id: 's-1', Status: { State: 'FAILED', FailureDetails: { Reason: failed } } },
        };
        return { status: 'failed', error: 'States.TaskFailed', cause: JSON.stringify(cause) };
      },
    },
  ];
}

interface AddStep {
  ClusterId: string;
  Step: { HadoopJarStep: { Args: string[] } };
}

function end(clusters: MemoryClusters, clusterId: string, state: ClusterState): void {
  const cluster = clusters.clusters.get(clusterId);
  if (cluster) Object.assign(cluster, { state, reason: 'INSTANCE_FAILURE: lost' });
}

/** `startJobRun.sync`; `knobs.busy` job runs are refused before one is taken. */
export function glueAdapter(jobRuns: MemoryJobRuns, job: Job, knobs: { busy?: number }): TaskAdapter {
  let started = 0;
  return {
    resource: 'arn:aws:states:::glue:startJobRun.sync',
    async submit(args) {
      if (knobs.busy) {
        knobs.busy -= 1;
        throw new TaskFailure(
          'Glue.ConcurrentRunsExceededException',
          'Concurrent runs exceeded for tidegate',
        );
      }
      started += 1;
      const id = `jr_${started}`;
      const given = (args as Args)['Arguments'] as Record<string, string>;
      jobRuns.active.set(id, { runId: given['--run-id'] ?? '', attempt: Number(given['--attempt']) });
      const failed = await failureOf(() => job(Object.entries(given).flat()));
      jobRuns.active.delete(id);
      return { output: { JobRunId: id }, handle: { id, failed } };
    },
    async poll(handle) {
      const { id, failed } = handle as { id: string; failed: string | null };
      if (failed === null) return { status: 'succeeded', output: { Id: id, JobRunState: 'SUCCEEDED' } };
      const cause = { Id: id, JobRunState: 'FAILED', ErrorMessage: failed };
      return { status: 'failed', error: 'States.TaskFailed', cause: JSON.stringify(cause) };
    },
  };
}

/** `sns:publish`; `knobs.refuses` makes the topic refuse every message. */
export function snsAdapter(notices: MemoryNotices, knobs: { refuses?: boolean }): TaskAdapter {
  return {
    resource: 'arn:aws:states:::sns:publish',
    async submit(args) {
      if (knobs.refuses) throw new TaskFailure('SNS.AuthorizationErrorException', 'not allowed');
      const { Subject, Message } = args as { Subject: string; Message: string };
      await notices.publish(Subject, Message);
      return { output: { MessageId: `m-${notices.published.length}` } };
    },
  };
}

/** `lambda:invoke` over functions of this process, by name. */
export function lambdaAdapter(functions: Record<string, (payload: Json) => Promise<unknown>>): TaskAdapter {
  return {
    resource: 'arn:aws:states:::lambda:invoke',
    async submit(args) {
      const { FunctionName, Payload } = args as { FunctionName: string; Payload: Json };
      const run = functions[FunctionName];
      if (!run)
        throw new TaskFailure('Lambda.ResourceNotFoundException', `Function not found: ${FunctionName}`);
      try {
        const answer = (await run(structuredClone(Payload))) ?? null;
        return {
          output: {
            StatusCode: 200,
            ExecutedVersion: '$LATEST',
            Payload: JSON.parse(JSON.stringify(answer)),
          },
        };
      } catch (error) {
        const { name, message } = error as Error;
        throw new TaskFailure(name, JSON.stringify({ errorType: name, errorMessage: message, trace: [] }));
      }
    },
  };
}

async function failureOf(job: () => Promise<void>): Promise<string | null> {
  try {
    await job();
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}
