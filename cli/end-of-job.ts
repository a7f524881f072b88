import { setTimeout as pause } from 'node:timers/promises';
import { GetJobRunCommand, type GlueClient } from '@aws-sdk/client-glue';
import { CommandFailure } from './command-failure.ts';

const POLL_MS = 2000;
const UNDER_WAY = new Set(['STARTING', 'RUNNING', 'STOPPING', 'WAITING']);

/** What Glue puts before the words of a failure of ours. */
const PREFIX = /^Error Category: \w+; (?:Failed Line Number: \d+; )?(?:JobFailure: )?/;

/** Waits for the end of a job run. @throws CommandFailure with Glue's words where it did not succeed. */
export async function endOfJob(job: string, jobRunId: string, glue: GlueClient): Promise<void> {
  for (;;) {
    const { JobRun } = await glue.send(new GetJobRunCommand({ JobName: job, RunId: jobRunId }));
    const { JobRunState: state = '', ErrorMessage: message = '' } = JobRun ?? {};
    if (state === 'SUCCEEDED') return;
    if (!UNDER_WAY.has(state))
      throw new CommandFailure(
        `The job run is ${state}: ${message.replace(PREFIX, '') || 'no reason given'}`,
      );
    await pause(POLL_MS);
  }
}
