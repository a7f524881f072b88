import { randomUUID } from 'node:crypto';
import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs';
import { dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Answer, ErrorReport, RuntimeSettings } from './protocol.ts';

export interface FunctionSettings extends RuntimeSettings {
  timeoutSeconds: number;
  /** The whole environment of the function; nothing of this process's own is added. */
  environment: Record<string, string>;
  logFile: string;
  /** Invocations that run at once; more wait for their turn. */
  maxConcurrency: number;
}

/** `functionError` is null, or `Unhandled` with the error's report as payload: what Lambda's Invoke answers. */
export interface InvocationResult {
  payload: string;
  functionError: 'Unhandled' | null;
}

/** How long a worker without work is kept, as Lambda keeps an environment warm. */
const KEEP_WARM_MS = 60_000;

const RUNTIME = join(import.meta.dirname, 'runtime.ts');

/** One function: worker threads that load its bundle, each answering one event at a time. */
export class FunctionPool {
  readonly settings: FunctionSettings;
  readonly #log: WriteStream;
  readonly #idle: WarmWorker[] = [];
  readonly #queue: (() => void)[] = [];
  #busy = 0;

  constructor(settings: FunctionSettings) {
    this.settings = settings;
    mkdirSync(dirname(settings.logFile), { recursive: true });
    this.#log = createWriteStream(settings.logFile, { flags: 'a' });
  }

  /** Runs the handler on one event (JSON) and answers what Lambda would; it never rejects for what the handler does. */
  async invoke(payload: string): Promise<InvocationResult> {
    if (this.#busy < this.settings.maxConcurrency) this.#busy += 1;
    else await new Promise<void>((resolve) => this.#queue.push(resolve));
    try {
      return await this.#run(payload);
    } finally {
      const next = this.#queue.shift();
      if (next) next();
      else this.#busy -= 1;
    }
  }

  /** Ends every worker without work; what runs is not waited for. */
  async close(): Promise<void> {
    await Promise.all(this.#idle.splice(0).map(({ worker }) => worker.terminate()));
    this.#log.end();
  }

  async #run(payload: string): Promise<InvocationResult> {
    const warm = this.#idle.pop() ?? this.#start();
    clearTimeout(warm.retirement);
    const id = randomUUID();
    const { timeoutSeconds } = this.settings;
    this.#log.write(`START RequestId: ${id} Version: $LATEST\n`);
    const began = performance.now();
    const outcome = await outcomeOf(warm.worker, id, payload, timeoutSeconds);
    this.#log.write(
      `END RequestId: ${id}\nREPORT RequestId: ${id}\tDuration: ${(performance.now() - began).toFixed(2)} ms\n`,
    );
    if (outcome.reusable) this.#keep(warm);
    else await warm.worker.terminate();
    if ('payload' in outcome) return { payload: outcome.payload, functionError: null };
    this.#log.write(`${JSON.stringify(outcome.error)}\n`);
    return { payload: JSON.stringify(outcome.error), functionError: 'Unhandled' };
  }

  #start(): WarmWorker {
    const { environment, bundle, functionName, functionArn, memoryMiB, handlerExport } = this.settings;
    const runtimeSettings: RuntimeSettings = {
      bundle,
      functionName,
      functionArn,
      memoryMiB,
      handlerExport,
    };
    const worker = new Worker(RUNTIME, {
      workerData: runtimeSettings,
      env: environment,
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: memoryMiB },
    });
    worker.stdout.pipe(this.#log, { end: false });
    worker.stderr.pipe(this.#log, { end: false });
    // Without a listener an error of the worker would end this whole process; its invocation hears of it too.
    worker.on('error', () => undefined);
    const warm: WarmWorker = { worker };
    worker.on('exit', () => this.#forget(warm));
    return warm;
  }

  #keep(warm: WarmWorker): void {
    warm.retirement = setTimeout(() => void warm.worker.terminate(), KEEP_WARM_MS).unref();
    this.#idle.push(warm);
  }

  #forget(warm: WarmWorker): void {
    clearTimeout(warm.retirement);
    const at = this.#idle.indexOf(warm);
    if (at >= 0) this.#idle.splice(at, 1);
  }
}

interface WarmWorker {
  worker: Worker;
  retirement?: NodeJS.Timeout;
}

type Outcome = { payload: string; reusable: true } | { error: ErrorReport; reusable: boolean };

function outcomeOf(worker: Worker, id: string, payload: string, timeoutSeconds: number): Promise<Outcome> {
  return new Promise((resolve) => {
    const failed = (errorType: string, errorMessage: string): void =>
      settle({
        error: { errorType, errorMessage: `RequestId: ${id} Error: ${errorMessage}` },
        reusable: false,
      });
    const onMessage = (answer: Answer): void => {
      if (answer.kind === 'answered' && answer.id === id) settle({ payload: answer.payload, reusable: true });
      if (answer.kind === 'failed' && (answer.id === id || answer.id === null))
        settle({ error: answer.error, reusable: answer.id !== null });
    };
    const onError = (error: Error & { code?: string }): void =>
      failed(
        'Runtime.ExitError',
        error.code === 'ERR_WORKER_OUT_OF_MEMORY'
          ? 'Runtime exited with error: signal: killed'
          : `Runtime exited with error: ${error.message}`,
      );
    const onExit = (code: number): void =>
      failed('Runtime.ExitError', `Runtime exited with error: exit status ${code}`);
    const timer = setTimeout(
      () => failed('Sandbox.Timedout', `Task timed out after ${timeoutSeconds.toFixed(2)} seconds`),
      timeoutSeconds * 1000,
    );
    const settle = (outcome: Outcome): void => {
      clearTimeout(timer);
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      resolve(outcome);
    };
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    worker.postMessage({ id, payload, deadline: Date.now() + timeoutSeconds * 1000 });
  });
}
