import {
  BatchStopJobRunCommand,
  GetJobRunCommand,
  type GlueClient,
  paginateGetJobRuns,
} from '@aws-sdk/client-glue';
import type { JobRunSummary, JobRuns } from '../core/ports.ts';

const NOT_ENDED = new Set(['STARTING', 'RUNNING', 'STOPPING', 'WAITING']);
/** Glue lists the newest first, and ends every run after two days at the latest; the job's own limit is shorter. */
const LOOK_BACK_MS = 3 * 24 * 3_600_000;

export class GlueJobRuns implements JobRuns {
  readonly #glue: GlueClient;
  readonly #jobName: string;

  constructor(glue: GlueClient, jobName: string) {
    this.#glue = glue;
    this.#jobName = jobName;
  }

  async list(): Promise<JobRunSummary[]> {
    const found: JobRunSummary[] = [];
    const since = Date.now() - LOOK_BACK_MS;
    const query = { JobName: this.#jobName, MaxResults: 200 };
    for await (const page of paginateGetJobRuns({ client: this.#glue }, query)) {
      for (const { Id, JobRunState, Arguments } of page.JobRuns ?? []) {
        const runId = Arguments?.['--run-id'];
        if (Id && runId && NOT_ENDED.has(JobRunState ?? ''))
          found.push({ jobRunId: Id, runId, attempt: Number(Arguments?.['--attempt']) });
      }
      const oldest = page.JobRuns?.at(-1)?.StartedOn;
      if (oldest && oldest.getTime() < since) break;
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
    const state = JobRun?.JobRunState ?? '';
    if (!NOT_ENDED.has(state) || state === 'STOPPING') return;
    throw new Error(
      `Glue did not stop ${this.#jobName} ${jobRunId}: ${refused.ErrorMessage ?? refused.ErrorCode}`,
    );
  }
}
