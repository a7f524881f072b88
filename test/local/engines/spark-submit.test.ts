import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { sparkSubmit } from '../../../local/engines/spark/spark-submit.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'spark-home-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const scratchFolder = (): string => join(home, 'scratch');
const scratch = (): string[] => readdirSync(scratchFolder(), { recursive: true, encoding: 'utf8' });

/** Starts a shell script in the place of spark-submit. */
function start(script: string, ...args: string[]) {
  mkdirSync(join(home, 'bin'));
  writeFileSync(join(home, 'bin/spark-submit'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const launcher = sparkSubmit({
    sparkHome: home,
    python: 'python',
    propertiesFile: 'spark.conf',
    scratchFolder: scratchFolder(),
    cores: 2,
    environment: { PATH: process.env['PATH'] ?? '' },
  });
  return launcher.start([...args, 'job.py'], join(home, 'work'));
}

it('is asked for no more vCPUs a task than the machine has', async () => {
  const program = start('echo "$*"', '--conf', 'spark.task.cpus=4', '--conf', 'spark.task.cpus=1');
  expect(await program.ended).toBe(0);
  expect(readFileSync(program.stdoutFile, 'utf8')).toContain(
    '--conf spark.task.cpus=2 --conf spark.task.cpus=1 job.py',
  );
});

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await wait(20);
}

describe("a Spark program's temporary files", () => {
  it('are all told to go to one folder of its own', async () => {
    const program = start('echo "$TMPDIR|$SPARK_SUBMIT_OPTS|$*"');
    expect(await program.ended).toBe(0);
    const [folder = '', ...others] = readFileSync(program.stdoutFile, 'utf8').trim().split('|');
    expect(folder.startsWith(join(scratchFolder(), 'program-'))).toBe(true);
    expect(others).toEqual([
      `-Djava.io.tmpdir="${folder}"`,
      `--properties-file spark.conf --conf spark.hadoop.hadoop.tmp.dir=${folder} job.py`,
    ]);
  });

  it('are gone when it has ended', async () => {
    const program = start('mkdir "$TMPDIR/artifacts" && touch "$TMPDIR/artifacts/file" "$TMPDIR/made"');
    expect(await program.ended).toBe(0);
    await until(() => scratch().length === 0);
  });

  it('are gone when it was stopped, too', async () => {
    const program = start('touch "$TMPDIR/made"; sleep 600');
    await until(() => scratch().some((file) => file.endsWith('made')));
    program.stop();
    expect(await program.ended).toBeNull();
    await until(() => scratch().length === 0);
  });
});
