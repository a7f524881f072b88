import { ServiceError } from '../../http/aws-json.ts';
import type { EngineWorld } from '../engine-world.ts';
import type { RunningProgram } from '../spark/program.ts';
import { pythonFailure } from '../spark/python-failure.ts';
import { sparkArgumentsOf } from './glue-arguments.ts';
import { isOver, type Job, type JobRun } from './job-run.ts';

export interface GlueState {
  jobs: Job[];
  runs: JobRun[];
}

export interface GlueSettings {
  /** How long a run is STARTING. */
  startingMs: number;
  /** Where the programs' output goes, `s3://.../`; null: nowhere. */
  logFolder: string | null;
}

export type RunRequest = Partial<
  Pick<JobRun, 'id' | 'arguments' | 'workerType' | 'numberOfWorkers' | 'timeoutMinutes'>
>;

/**
 * Glue's jobs on one machine: every run is a real `spark-submit` process.
 * After a restart of the process a run that had not ended is FAILED.
 */
export class GlueEngine {
  readonly #world: EngineWorld<GlueState>;
  readonly #settings: GlueSettings;
  readonly #jobs = new Map<string, Job>();
  readonly #runs = new Map<string, JobRun>();
  readonly #programs = new Map<string, RunningProgram>();
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(world: EngineWorld<GlueState>, settings: GlueSettings) {
    this.#world = world;
    this.#settings = settings;
    const former = world.journal.load() ?? { jobs: [], runs: [] };
    for (const job of former.jobs) this.#jobs.set(job.name, job);
    for (const run of former.runs) this.#runs.set(run.id, this.#outlived(run));
    this.#save();
  }

  createJob(job: Omit<Job, 'createdAt' | 'modifiedAt'>): Job {
    if (this.#jobs.has(job.name))
      throw new ServiceError('AlreadyExistsException', `Job with name: ${job.name} already exists.`);
    const now = this.#world.now();
    const created = { ...job, createdAt: now, modifiedAt: now };
    this.#jobs.set(job.name, created);
    this.#save();
    return created;
  }

  updateJob(job: Omit<Job, 'createdAt' | 'modifiedAt'>): Job {
    const updated = { ...this.job(job.name), ...job, modifiedAt: this.#world.now() };
    this.#jobs.set(job.name, updated);
    this.#save();
    return updated;
  }

  jobs(): Job[] {
    return [...this.#jobs.values()];
  }

  job(name: string): Job {
    const job = this.#jobs.get(name);
    if (!job) throw new ServiceError('EntityNotFoundException', `Job with name: ${name} not found.`);
    return job;
  }

  run(jobName: string, runId: string): JobRun {
    const run = this.#runs.get(runId);
    if (run?.jobName !== jobName)
      throw new ServiceError(
        'EntityNotFoundException',
        `Job Run not found for job: ${jobName}, run: ${runId}`,
      );
    return run;
  }

  /** Newest first. */
  runsOf(jobName: string): JobRun[] {
    this.job(jobName);
    return [...this.#runs.values()].filter((run) => run.jobName === jobName).reverse();
  }

  /** Starts a run; with the id of a former one that run's arguments again, as Glue's retry does. */
  startRun(jobName: string, request: RunRequest): JobRun {
    const job = this.job(jobName);
    const former = request.id === undefined ? undefined : this.run(jobName, request.id);
    if (former && request.arguments && !sameArguments(former.arguments, request.arguments))
      throw new ServiceError(
        'IdempotentParameterMismatchException',
        `The run ${former.id} had other arguments than these; leave JobRunId out to start another.`,
      );
    if (this.runsOf(jobName).filter((run) => !isOver(run)).length >= job.maxConcurrentRuns)
      throw new ServiceError('ConcurrentRunsExceededException', `Concurrent runs exceeded for ${jobName}`);
    const now = this.#world.now();
    const run: JobRun = {
      id: this.#world.newId('jr_'),
      jobName,
      state: 'STARTING',
      arguments: request.arguments ?? former?.arguments ?? {},
      workerType: request.workerType ?? job.workerType,
      numberOfWorkers: request.numberOfWorkers ?? job.numberOfWorkers,
      timeoutMinutes: request.timeoutMinutes ?? job.timeoutMinutes,
      glueVersion: job.glueVersion,
      errorMessage: null,
      startedAt: now,
      runningAt: null,
      modifiedAt: now,
      completedAt: null,
      process: null,
    };
    this.#runs.set(run.id, run);
    this.#after(this.#settings.startingMs, () => this.#begin(job, run));
    this.#save();
    return run;
  }

  stopRun(jobName: string, runId: string): void {
    const run = this.run(jobName, runId);
    if (isOver(run))
      throw new ServiceError('InvalidInputException', `Job Run is in a terminal state: ${run.state}`);
    const program = this.#programs.get(run.id);
    if (!program) {
      this.#end(run, 'STOPPED', null);
      return;
    }
    run.state = 'STOPPING';
    this.#save();
    program.stop();
  }

  /** Ends every program; the runs stay in the journal as they are. */
  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    for (const program of this.#programs.values()) program.stop();
  }

  #begin(job: Job, run: JobRun): void {
    // Stopped before it began.
    if (run.state !== 'STARTING') return;
    run.state = 'RUNNING';
    run.runningAt = this.#world.now();
    const program = this.#world.launcher.start(
      sparkArgumentsOf(job, run),
      this.#world.folderOf(job.name, run.id),
    );
    this.#programs.set(run.id, program);
    run.process = program.id;
    this.#save();
    const limit = this.#after(run.timeoutMinutes * 60_000, () => {
      this.#end(run, 'TIMEOUT', 'Job run timed out.');
      program.stop();
    });
    void this.#follow(run, program, limit);
  }

  async #follow(run: JobRun, program: RunningProgram, limit: NodeJS.Timeout): Promise<void> {
    const exitCode = await program.ended;
    clearTimeout(limit);
    this.#programs.delete(run.id);
    run.process = null;
    if (this.#settings.logFolder)
      await this.#world.keepLogs(program, `${this.#settings.logFolder}${run.id}/`);
    if (run.state === 'STOPPING') this.#end(run, 'STOPPED', null);
    else if (run.state === 'RUNNING')
      this.#end(
        run,
        exitCode === 0 ? 'SUCCEEDED' : 'FAILED',
        exitCode === 0 ? null : messageOf(program, exitCode),
      );
    else this.#save();
  }

  #end(
    run: JobRun,
    state: 'SUCCEEDED' | 'FAILED' | 'STOPPED' | 'TIMEOUT',
    errorMessage: string | null,
  ): void {
    const now = this.#world.now();
    Object.assign(run, { state, errorMessage, completedAt: now, modifiedAt: now });
    this.#save();
  }

  #outlived(run: JobRun): JobRun {
    if (run.process) this.#world.launcher.stopLeftover(run.process);
    if (isOver(run)) return { ...run, process: null };
    const now = this.#world.now();
    return {
      ...run,
      state: 'FAILED',
      errorMessage: 'The local engine was restarted.',
      process: null,
      completedAt: now,
      modifiedAt: now,
    };
  }

  #after(milliseconds: number, act: () => void): NodeJS.Timeout {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, milliseconds);
    this.#timers.add(timer);
    return timer;
  }

  #save(): void {
    this.#world.journal.save({ jobs: this.jobs(), runs: [...this.#runs.values()] });
  }
}

function messageOf(program: RunningProgram, exitCode: number | null): string {
  const failure = pythonFailure(program);
  if (!failure) {
    const how =
      exitCode === null ? 'The Spark program was killed' : `Command failed with exit code ${exitCode}`;
    return `${how}; its log on this machine: ${program.stderrFile}`;
  }
  const line = failure.line === null ? '' : `Failed Line Number: ${failure.line}; `;
  return `Error Category: UNCLASSIFIED_ERROR; ${line}${failure.type}: ${failure.message}`;
}

function sameArguments(a: Record<string, string>, b: Record<string, string>): boolean {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => a[key] === b[key]);
}
