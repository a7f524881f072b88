/**
 * Runs every check, two at a time, shows what each one took, and closes on a line `N passed, N failed`.
 * Usage: node test/run/run.ts [STEP ...]    (without a step: all of them)
 */
import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type Counts, jestCounts, pytestCounts } from './counts.ts';

interface Step {
  name: string;
  command: string[];
  /** Reads what the step's runner counted; without it the step counts as one. */
  counts?: () => Counts;
}

const ROOT = path.join(import.meta.dirname, '../..');
const OUT = path.join(ROOT, 'out/test');
const PYTHON = path.join(ROOT, '.venv/bin/python');
const TAIL_LINES = 60;
// The long ones use one core for most of their time, and wait for their servers and processes.
const AT_ONCE = 2;

const report = (name: string): string => path.join(OUT, name);
const jest = (name: string, ...options: string[]): Step => ({
  name,
  // Google's clients import a module as they send; jest lets them only so.
  command: [
    'node',
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    'node_modules/jest/bin/jest.js',
    ...options,
    '--json',
    `--outputFile=${report(`${name}.json`)}`,
  ],
  counts: () => jestCounts(readFileSync(report(`${name}.json`), 'utf8')),
});
const pytest = (name: string, ...folders: string[]): Step => ({
  name,
  command: [
    PYTHON,
    '-m',
    'pytest',
    '-q',
    '-p',
    'no:cacheprovider',
    `--junitxml=${report(`${name}.xml`)}`,
    ...folders,
  ],
  counts: () => pytestCounts(readFileSync(report(`${name}.xml`), 'utf8')),
});

const STEPS: Step[] = [
  { name: 'lint', command: ['biome', 'check', '--error-on-warnings', '.'] },
  { name: 'lint-python', command: [PYTHON, '-m', 'ruff', 'check', '.'] },
  { name: 'format-python', command: [PYTHON, '-m', 'ruff', 'format', '--check', '.'] },
  { name: 'types', command: ['tsc', '-p', '.'] },
  { name: 'types-python', command: ['pyright', '--pythonpath', PYTHON] },
  { name: 'contracts', command: ['node', 'cli/tidegate.ts', 'check'] },
  jest('jest'),
  pytest('pytest', 'test/spark', 'test/local'),
  { name: 'synth', command: ['npm', 'run', '--silent', 'synth'] },
  jest('end-to-end', '--config', 'test/end-to-end/jest.config.cjs'),
];

mkdirSync(OUT, { recursive: true });
const wanted = process.argv.slice(2);
const steps = wanted.length > 0 ? STEPS.filter(({ name }) => wanted.includes(name)) : STEPS;
if (steps.length === 0) {
  console.error(`No step of that name; there are: ${STEPS.map(({ name }) => name).join(', ')}.`);
  process.exit(2);
}

const total: Counts = { passed: 0, failed: 0, skipped: 0 };
const waiting = [...steps];
const running = new Map<string, number>();
const progress = process.stdout.isTTY ? setInterval(tellProgress, 1000) : undefined;
await Promise.all(Array.from({ length: AT_ONCE }, work));
clearInterval(progress);

/** Takes one step after the other until none waits. */
async function work(): Promise<void> {
  for (let step = waiting.shift(); step; step = waiting.shift()) await take(step);
}

async function take(step: Step): Promise<void> {
  const started = performance.now();
  const log = report(`${step.name}.log`);
  running.set(step.name, started);
  const succeeded = await run(step.command, log);
  running.delete(step.name);
  const counts = countsOf(step, succeeded);
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.skipped += counts.skipped;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
  clearLine();
  console.log(
    `${step.name.padEnd(14)} ${seconds.padStart(6)} s  ${counts.passed} passed, ${counts.failed} failed${skipped}`,
  );
  if (counts.failed > 0) console.log(`${tailOf(log)}\n(all of it: ${path.relative(ROOT, log)})\n`);
}

console.log(
  `\n${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`,
);
process.exitCode = total.failed > 0 ? 1 : 0;

/** Says which steps run, on a line that the next result replaces. */
function tellProgress(): void {
  const now = performance.now();
  const told = [...running].map(([name, since]) => `${name} ${((now - since) / 1000).toFixed(0)} s`);
  clearLine();
  process.stdout.write(`… ${told.join(', ')}`);
}

function clearLine(): void {
  if (process.stdout.isTTY) process.stdout.write('\r\x1b[K');
}

/** Runs a command with its output in a file; whether it ended well. */
function run([file = '', ...args]: string[], log: string): Promise<boolean> {
  const output = createWriteStream(log);
  const child = spawn(file, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.pipe(output, { end: false });
  child.stderr.pipe(output, { end: false });
  return new Promise((resolve) => {
    child.once('error', (error) => output.end(`${String(error)}\n`, () => resolve(false)));
    child.once('close', (code) => output.end(() => resolve(code === 0)));
  });
}

/** A runner that failed without counting a failure (it could not start, say) counts as one. */
function countsOf({ counts }: Step, succeeded: boolean): Counts {
  const one: Counts = { passed: succeeded ? 1 : 0, failed: succeeded ? 0 : 1, skipped: 0 };
  if (!counts) return one;
  try {
    const counted = counts();
    return succeeded || counted.failed > 0 ? counted : { ...counted, failed: 1 };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

function tailOf(log: string): string {
  return readFileSync(log, 'utf8').trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
}
