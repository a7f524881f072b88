import { BatchStopJobRunCommand, type GlueClient, paginateGetJobRuns } from '@aws-sdk/client-glue';
import type { JobRuns } from '../core/ports.ts';

const ACTIVE = new Set(['STARTING', 'RUNNING', 'WAITING']);
/** Answers of BatchStopJobRun for a run that has ended or was never there. */
const NOTHING_TO_STOP = new Set([
  'JobRunNotInTerminalStateException',
  'EntityNotFoundException',
  'JobRunNotRunningException',
]);

export class GlueJobRuns implements JobRuns {
  readonly #glue: GlueClient;
  readonly #jobName: string;

  constructor(glue: GlueClient, jobName: string) {
    this.#glue = glue;
    this.#jobName = jobName;
  }

  async findActive(runId: string): Promise<string[]> {
    const found: string[] = [];
    for await (const page of paginateGetJobRuns({ client: this.#glue }, { JobName: this.#jobName })) {
      for (const { Id, JobRunState, Arguments } of page.JobRuns ?? []) {
        if (Id && ACTIVE.has(JobRunState ?? '') && Arguments?.['--run-id'] === runId) found.push(Id);
      }
    }
    return found;
  }

  async stop(jobRunId: string): Promise<void> {
    const { Errors } = await this.#glue.send(
      new BatchStopJobRunCommand({ JobName: this.#jobName, JobRunIds: [jobRunId] }),
    );
    for (const { ErrorDetail } of Errors ?? []) {
      if (NOTHING_TO_STOP.has(ErrorDetail?.ErrorCode ?? '')) continue;
      throw new Error(
        `Glue did not stop ${this.#jobName} ${jobRunId}: ${ErrorDetail?.ErrorMessage ?? 'no reason given'}`,
      );
    }
  }
}
