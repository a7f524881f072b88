import { spawn } from 'node:child_process';
import { appendFileSync, closeSync, mkdirSync, mkdtempSync, openSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { identityOf, isRunning, signalGroup } from '../../processes/process-identity.ts';
import type { SparkLauncher } from './program.ts';

export interface SparkInstallation {
  /** The folder of the `pyspark` package. */
  sparkHome: string;
  python: string;
  /** In the form of spark-defaults.conf. */
  propertiesFile: string;
  /** Each program has a folder in here for all its temporary files, which goes when the program has ended. */
  scratchFolder: string;
  /** Of the machine. */
  cores: number;
  /** The programs' whole environment besides what Spark itself needs. */
  environment: Record<string, string>;
}

/** A plan for machines of more vCPUs than this one has may give each task more of them, too: Spark would not start. */
const withinCores = (arg: string, cores: number): string =>
  arg.replace(/^spark\.task\.cpus=(\d+)$/, (_, cpus) => `spark.task.cpus=${Math.min(Number(cpus), cores)}`);

/** Starts real `spark-submit` processes, each leading a process group of its own. */
export function sparkSubmit(installation: SparkInstallation): SparkLauncher {
  const { sparkHome, python, propertiesFile, scratchFolder, cores } = installation;
  const environment = {
    ...installation.environment,
    SPARK_HOME: sparkHome,
    SPARK_LOCAL_IP: '127.0.0.1',
    PYSPARK_PYTHON: python,
    PYSPARK_DRIVER_PYTHON: python,
  };
  return {
    start(args, folder) {
      mkdirSync(folder, { recursive: true });
      mkdirSync(scratchFolder, { recursive: true });
      const scratch = mkdtempSync(join(scratchFolder, 'program-'));
      const stdoutFile = join(folder, 'stdout');
      const stderrFile = join(folder, 'stderr');
      const output = openSync(stdoutFile, 'a');
      const errors = openSync(stderrFile, 'a');
      const child = spawn(
        join(sparkHome, 'bin', 'spark-submit'),
        [
          '--properties-file',
          propertiesFile,
          '--conf',
          `spark.hadoop.hadoop.tmp.dir=${scratch}`,
          ...args.map((arg) => withinCores(arg, cores)),
        ],
        {
          cwd: folder,
          env: { ...environment, TMPDIR: scratch, SPARK_SUBMIT_OPTS: `-Djava.io.tmpdir="${scratch}"` },
          detached: true,
          stdio: ['ignore', output, errors],
        },
      );
      closeSync(output);
      closeSync(errors);
      const ended = new Promise<number | null>((resolve) => {
        child.on('exit', (code) => resolve(code));
        child.on('error', (error) => {
          appendFileSync(stderrFile, `spark-submit could not be started: ${error.message}\n`);
          resolve(null);
        });
      });
      const id = identityOf(child.pid ?? -1) ?? { pid: child.pid ?? -1, startedAt: '' };
      let groupEnded = child.pid === undefined;
      const stop = (): void => {
        if (groupEnded) return;
        signalGroup(id, 'SIGKILL');
      };
      void ended.then(() => {
        // What it started must not outlive it.
        stop();
        groupEnded = true;
        // What is left in spite of this goes when the stack starts or stops.
        rm(scratch, { recursive: true, force: true, maxRetries: 5 }).catch(() => undefined);
      });
      return { id, stdoutFile, stderrFile, ended, stop };
    },
    stopLeftover(program) {
      if (isRunning(program)) signalGroup(program, 'SIGKILL');
    },
  };
}
