import { ServiceError } from '../../http/aws-json.ts';
import type { EngineWorld } from '../engine-world.ts';
import type { RunningProgram } from '../spark/program.ts';
import {
  accepts,
  type Cluster,
  hasEnded,
  isActive,
  isOpen,
  type Reason,
  type Step,
  type StepRequest,
} from './cluster.ts';
import { sparkArguments } from './spark-arguments.ts';
import { failureOf } from './step-failure.ts';

/** How long a cluster takes from state to state. On AWS the first is minutes long. */
export interface EmrDelays {
  startingMs: number;
  bootstrappingMs: number;
  terminatingMs: number;
}

export type ClusterRequest = Pick<
  Cluster,
  | 'name'
  | 'tags'
  | 'endsWithoutSteps'
  | 'terminationProtected'
  | 'stepConcurrency'
  | 'idleTimeoutSeconds'
  | 'logUri'
  | 'releaseLabel'
  | 'applications'
  | 'serviceRole'
  | 'instanceProfile'
  | 'instances'
  | 'managedScalingPolicy'
> & { steps: StepRequest[] };

const USER_REQUEST: Reason = { code: 'USER_REQUEST', message: 'Terminated by user request' };

/**
 * EMR's clusters on one machine: the life of each as EMR tells it, with steps that are real `spark-submit` processes.
 * After a restart of the process every cluster that had not ended is TERMINATED_WITH_ERRORS.
 */
export class EmrEngine {
  readonly #world: EngineWorld<Cluster[]>;
  readonly #delays: EmrDelays;
  readonly #clusters = new Map<string, Cluster>();
  readonly #programs = new Map<string, RunningProgram>();
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor(world: EngineWorld<Cluster[]>, delays: EmrDelays) {
    this.#world = world;
    this.#delays = delays;
    for (const cluster of world.journal.load() ?? []) this.#clusters.set(cluster.id, this.#outlived(cluster));
    this.#save();
  }

  /** Newest first. */
  clusters(): Cluster[] {
    return [...this.#clusters.values()].reverse();
  }

  /** @throws ServiceError InvalidRequestException when there is none of that id. */
  cluster(id: string): Cluster {
    const cluster = this.#clusters.get(id);
    if (!cluster) throw new ServiceError('InvalidRequestException', `Cluster id '${id}' is not valid.`);
    return cluster;
  }

  /**
   * A cluster by EMR's older calls, whose models name no error for a wrong id.
   * @throws ServiceError ValidationException when there is none of that id.
   */
  jobFlow(id: string): Cluster {
    const cluster = this.#clusters.get(id);
    if (!cluster) throw new ServiceError('ValidationException', 'Specified job flow ID does not exist.');
    return cluster;
  }

  /** @throws ServiceError ValidationException when it is ending, or there is none of that id. */
  activeCluster(id: string): Cluster {
    const cluster = this.jobFlow(id);
    if (isActive(cluster)) return cluster;
    throw new ServiceError(
      'ValidationException',
      'A job flow that is shutting down, terminated, or finished may not be modified.',
    );
  }

  step(clusterId: string, stepId: string): Step {
    const step = this.cluster(clusterId).steps.find(({ id }) => id === stepId);
    if (!step) throw new ServiceError('InvalidRequestException', `Step id '${stepId}' is not valid.`);
    return step;
  }

  create({ steps, ...request }: ClusterRequest): Cluster {
    const cluster: Cluster = {
      ...request,
      id: this.#world.newId('j-'),
      state: 'STARTING',
      reason: {},
      createdAt: this.#world.now(),
      readyAt: null,
      endedAt: null,
      idleSince: null,
      steps: [],
    };
    this.#clusters.set(cluster.id, cluster);
    this.#append(cluster, steps);
    this.#after(cluster, this.#delays.startingMs, () => {
      cluster.state = 'BOOTSTRAPPING';
      cluster.reason = { message: 'Running bootstrap actions' };
      this.#save();
      this.#after(cluster, this.#delays.bootstrappingMs, () => {
        cluster.readyAt = this.#world.now();
        cluster.state = 'RUNNING';
        this.#advance(cluster);
      });
    });
    this.#save();
    return cluster;
  }

  /** @returns the new steps' ids. */
  addSteps(clusterId: string, requests: StepRequest[]): string[] {
    const cluster = this.activeCluster(clusterId);
    const added = this.#append(cluster, requests);
    this.#advance(cluster);
    return added.map(({ id }) => id);
  }

  /** A pending step is cancelled; a running one only if `terminate` says so. */
  cancelStep(clusterId: string, stepId: string, terminate: boolean): { accepted: boolean; reason: string } {
    const cluster = this.cluster(clusterId);
    const step = this.step(clusterId, stepId);
    if (step.state === 'PENDING') this.#end(step, 'CANCELLED', { message: 'Cancelled by user' });
    else if (step.state === 'RUNNING' && terminate) {
      this.#end(step, 'CANCELLED', { message: 'Cancelled by user' });
      this.#programs.get(step.id)?.stop();
    } else return { accepted: false, reason: `Step is ${step.state} and cannot be cancelled.` };
    this.#advance(cluster);
    return { accepted: true, reason: '' };
  }

  /** @throws ServiceError ValidationException when the cluster is protected from its end, or there is none of that id. */
  terminate(clusterId: string): void {
    const cluster = this.jobFlow(clusterId);
    if (!isActive(cluster)) return;
    if (cluster.terminationProtected)
      throw new ServiceError(
        'ValidationException',
        'Could not shut down one or more job flows since they are termination protected.',
      );
    this.#shutDown(cluster, 'TERMINATED', USER_REQUEST);
  }

  /** Changes what of a cluster can be changed while it lives. */
  modify(
    clusterId: string,
    change: Partial<
      Pick<
        Cluster,
        'stepConcurrency' | 'idleTimeoutSeconds' | 'tags' | 'terminationProtected' | 'managedScalingPolicy'
      >
    >,
  ): Cluster {
    const cluster = this.cluster(clusterId);
    Object.assign(cluster, change);
    this.#advance(cluster);
    return cluster;
  }

  /** Ends every program and timer; the clusters stay in the journal as they are. */
  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    for (const program of this.#programs.values()) program.stop();
  }

  #append(cluster: Cluster, requests: StepRequest[]): Step[] {
    const added = requests.map(
      (request): Step => ({
        ...request,
        id: this.#world.newId('s-'),
        state: 'PENDING',
        reason: {},
        failure: null,
        createdAt: this.#world.now(),
        startedAt: null,
        endedAt: null,
        process: null,
      }),
    );
    cluster.steps.push(...added);
    return added;
  }

  /** Starts what can start, and settles the state that follows from the cluster's work. */
  #advance(cluster: Cluster): void {
    if (accepts(cluster)) {
      const running = (): number => cluster.steps.filter(({ state }) => state === 'RUNNING').length;
      for (const step of cluster.steps)
        if (step.state === 'PENDING' && running() < cluster.stepConcurrency) this.#start(cluster, step);
      if (running() > 0) {
        cluster.state = 'RUNNING';
        cluster.reason = { message: 'Running step' };
        cluster.idleSince = null;
      } else if (cluster.endsWithoutSteps)
        this.#shutDown(cluster, 'TERMINATED', { code: 'ALL_STEPS_COMPLETED', message: 'Steps completed' });
      else {
        cluster.state = 'WAITING';
        cluster.reason = { message: 'Cluster ready to run steps.' };
        cluster.idleSince ??= this.#world.now();
      }
      this.#watchIdleness(cluster);
    }
    this.#save();
  }

  #start(cluster: Cluster, step: Step): void {
    step.state = 'RUNNING';
    step.startedAt = this.#world.now();
    const args = sparkArguments(step);
    if (!args) {
      this.#fail(cluster, step, {
        reason: 'Unknown Error.',
        message: `Only command-runner.jar with spark-submit is run here, not ${step.jar} ${step.args.join(' ')}`,
      });
      return;
    }
    const program = this.#world.launcher.start(args, this.#world.folderOf(cluster.id, step.id));
    this.#programs.set(step.id, program);
    step.process = program.id;
    void this.#follow(cluster, step, program);
  }

  async #follow(cluster: Cluster, step: Step, program: RunningProgram): Promise<void> {
    const exitCode = await program.ended;
    this.#programs.delete(step.id);
    const logFolder =
      cluster.logUri && `${cluster.logUri.replace(/\/*$/, '/')}${cluster.id}/steps/${step.id}/`;
    if (logFolder) await this.#world.keepLogs(program, logFolder);
    step.process = null;
    // Cancelled or cut off meanwhile: that is what ended the program.
    if (step.state === 'RUNNING') {
      if (exitCode === 0) this.#end(step, 'COMPLETED', {});
      else this.#fail(cluster, step, failureOf(program, exitCode, logFolder));
    }
    this.#advance(cluster);
  }

  #fail(cluster: Cluster, step: Step, failure: NonNullable<Step['failure']>): void {
    this.#end(step, 'FAILED', {});
    step.failure = failure;
    if (step.actionOnFailure === 'CANCEL_AND_WAIT') this.#cancelPending(cluster);
    if (step.actionOnFailure.startsWith('TERMINATE_'))
      this.#shutDown(cluster, 'TERMINATED_WITH_ERRORS', {
        code: 'STEP_FAILURE',
        message: 'Shut down as step failed',
      });
  }

  #end(step: Step, state: 'COMPLETED' | 'CANCELLED' | 'FAILED', reason: Reason): void {
    step.state = state;
    step.reason = reason;
    step.endedAt = this.#world.now();
  }

  #cancelPending(cluster: Cluster): void {
    for (const step of cluster.steps)
      if (step.state === 'PENDING') this.#end(step, 'CANCELLED', { message: 'Job terminated' });
  }

  #shutDown(cluster: Cluster, outcome: 'TERMINATED' | 'TERMINATED_WITH_ERRORS', reason: Reason): void {
    cluster.state = 'TERMINATING';
    cluster.reason = reason;
    this.#cancelPending(cluster);
    for (const step of cluster.steps) {
      if (step.state !== 'RUNNING') continue;
      this.#end(step, 'CANCELLED', { message: 'Job terminated' });
      this.#programs.get(step.id)?.stop();
    }
    this.#after(cluster, this.#delays.terminatingMs, () => {
      cluster.state = outcome;
      cluster.endedAt = this.#world.now();
      this.#save();
    });
    this.#save();
  }

  #watchIdleness(cluster: Cluster): void {
    if (cluster.state !== 'WAITING' || cluster.idleTimeoutSeconds === null || cluster.idleSince === null) {
      if (accepts(cluster)) this.#cancelTimer(cluster);
      return;
    }
    const left = cluster.idleSince + cluster.idleTimeoutSeconds * 1000 - this.#world.now();
    this.#after(cluster, Math.max(0, left), () =>
      this.#shutDown(cluster, 'TERMINATED', {
        code: 'ALL_STEPS_COMPLETED',
        message: `Auto-terminated after being idle for ${cluster.idleTimeoutSeconds} seconds`,
      }),
    );
  }

  /** Each cluster waits for one thing at a time: its next state, or its idleness. */
  #after(cluster: Cluster, milliseconds: number, act: () => void): void {
    this.#cancelTimer(cluster);
    this.#timers.set(cluster.id, setTimeout(act, milliseconds));
  }

  #cancelTimer(cluster: Cluster): void {
    clearTimeout(this.#timers.get(cluster.id));
    this.#timers.delete(cluster.id);
  }

  /** A cluster of a former process: what ran on it is ended. */
  #outlived(cluster: Cluster): Cluster {
    for (const step of cluster.steps) {
      if (step.process) this.#world.launcher.stopLeftover(step.process);
      step.process = null;
      if (isOpen(step)) this.#end(step, 'CANCELLED', { message: 'Job terminated' });
    }
    if (hasEnded(cluster)) return cluster;
    return {
      ...cluster,
      state: 'TERMINATED_WITH_ERRORS',
      reason: { code: 'INTERNAL_ERROR', message: 'The local engine was restarted.' },
      endedAt: this.#world.now(),
    };
  }

  #save(): void {
    this.#world.journal.save([...this.#clusters.values()]);
  }
}
