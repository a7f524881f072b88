import {
  BatchStopJobRunCommand,
  GetJobRunCommand,
  type GlueClient,
  StartJobRunCommand,
  type StartJobRunCommandInput,
  StartJobRunRequest$,
} from '@aws-sdk/client-glue';
import type { TaskAdapter } from '../states/adapters/adapter.ts';
import type { Json } from '../states/json.ts';
import { problemsByModel } from './api-model.ts';
import { answerJson, call } from './call.ts';
import { pollAfterMs } from './polling.ts';

const NAMES = { prefix: 'Glue', service: 'AWSGlue' };

interface Handle {
  jobName: string;
  runId: string;
}

/** The `glue:startJobRun` integrations. A `.sync` one that is aborted or times out stops its run. */
export function glueAdapters(glue: GlueClient): TaskAdapter[] {
  const start = async (args: Json): Promise<Handle> => {
    const input = args as unknown as StartJobRunCommandInput;
    const { JobRunId } = await call(NAMES, glue.send(new StartJobRunCommand(input)));
    return { jobName: input.JobName ?? '', runId: JobRunId ?? '' };
  };
  return [
    {
      resource: 'arn:aws:states:::glue:startJobRun',
      validateArguments: (template) => problemsByModel(StartJobRunRequest$, template ?? {}),
      submit: async (args) => ({ output: { JobRunId: (await start(args)).runId } }),
    },
    {
      resource: 'arn:aws:states:::glue:startJobRun.sync',
      validateArguments: (template) => problemsByModel(StartJobRunRequest$, template ?? {}),
      async submit(args) {
        const handle = await start(args);
        return { output: { JobRunId: handle.runId }, handle: { ...handle } };
      },
      async poll(handle) {
        const { jobName, runId } = handle as unknown as Handle;
        const request = new GetJobRunCommand({ JobName: jobName, RunId: runId });
        const { JobRun } = await call(NAMES, glue.send(request));
        const output = answerJson(JobRun ?? {});
        switch (JobRun?.JobRunState) {
          case 'SUCCEEDED':
            return { status: 'succeeded', output };
          case 'FAILED':
          case 'STOPPED':
          case 'TIMEOUT':
          case 'ERROR':
          case 'EXPIRED':
            return { status: 'failed', error: 'States.TaskFailed', cause: JSON.stringify(output) };
          default:
            return { status: 'pending' };
        }
      },
      async stop(handle) {
        const { jobName, runId } = handle as unknown as Handle;
        await glue.send(new BatchStopJobRunCommand({ JobName: jobName, JobRunIds: [runId] }));
      },
      pollAfterMs,
    },
  ];
}
