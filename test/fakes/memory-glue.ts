import type { JobRunSummary, JobRuns } from '../../tasks/core/ports.ts';
import type { RunJob, Surroundings } from './surroundings.ts';

export interface MemoryJobRun {
  id: string;
  state: 'STARTING' | 'RUNNING' | 'STOPPING' | 'STOPPED' | 'SUCCEEDED' | 'FAILED' | 'TIMEOUT';
  arguments: Readonly<Record<string, string>>;
  message: string;
  ended: AbortController;
}

/** How long things take, in seconds: the shortest and the longest. */
const START: [number, number] = [20, 60];
const STOP: [number, number] = [5, 240];

/** Glue in memory: one job; its runs take a while to start, and to stop. */
export class MemoryGlue implements JobRuns {
  readonly runs = new Map<string, MemoryJobRun>();
  readonly #around: Surroundings;
  readonly #run: RunJob;

  constructor(around: Surroundings, run: RunJob) {
    this.#around = around;
    this.#run = run;
  }

  /** StartJobRun: each call starts a run. */
  start(args: Record<string, string>, timeoutMinutes: number): MemoryJobRun {
    const id = `jr_${this.runs.size + 1}`;
    const run: MemoryJobRun = {
      id,
      state: 'STARTING',
      arguments: args,
      message: '',
      ended: new AbortController(),
    };
    this.runs.set(id, run);
    this.#around.after(this.#around.between(...START), () => this.#started(run), run.ended.signal);
    this.#around.after(
      timeoutMinutes * 60,
      () => this.#end(run, 'TIMEOUT', `Timed out after ${timeoutMinutes} minutes`),
      run.ended.signal,
    );
    return run;
  }

  find(jobRunId: string): MemoryJobRun {
    const run = this.runs.get(jobRunId);
    if (!run) throw new Error(`Job run ${jobRunId} not found`);
    return run;
  }

  async list(): Promise<JobRunSummary[]> {
    return [...this.runs.values()]
      .filter((run) => isActive(run) || run.state === 'STOPPING')
      .flatMap(({ id, arguments: given }) => {
        const runId = given['--run-id'];
        return runId ? [{ jobRunId: id, runId, attempt: Number(given['--attempt']) }] : [];
      });
  }

  async stop(jobRunId: string): Promise<void> {
    const run = this.find(jobRunId);
    if (!isActive(run)) return;
    run.state = 'STOPPING';
    const seconds = this.#around.between(...STOP);
    this.#around.after(seconds, () => this.#end(run, 'STOPPED', ''), run.ended.signal);
  }

  #started(run: MemoryJobRun): void {
    if (run.state !== 'STARTING') return;
    run.state = 'RUNNING';
    this.#run(run.id, Object.entries(run.arguments).flat(), run.ended.signal).then(
      () => this.#end(run, 'SUCCEEDED', ''),
      (error: Error) => this.#end(run, 'FAILED', error.message),
    );
  }

  #end(run: MemoryJobRun, state: MemoryJobRun['state'], message: string): void {
    if (run.state !== 'STARTING' && run.state !== 'RUNNING' && run.state !== 'STOPPING') return;
    Object.assign(run, { state, message });
    run.ended.abort();
  }
}

const isActive = ({ state }: MemoryJobRun): boolean => state === 'STARTING' || state === 'RUNNING';
