import {
  BatchStopJobRunCommand,
  GetJobRunCommand,
  type GlueClient,
  paginateGetJobRuns,
} from '@aws-sdk/client-glue';
import type { JobRuns } from '../core/ports.ts';

const ACTIVE = new Set(['STARTING', 'RUNNING', 'WAITING']);
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
    const refused = Errors?.[0]?.ErrorDetail;
    if (!refused) return;
    const { JobRun } = await this.#glue.send(
      new GetJobRunCommand({ JobName: this.#jobName, RunId: jobRunId }),
    );
    if (!ACTIVE.has(JobRun?.JobRunState ?? '')) return;
    throw new Error(
      `Glue did not stop ${this.#jobName} ${jobRunId}: ${refused.ErrorMessage ?? refused.ErrorCode}`,
    );
  }
}
