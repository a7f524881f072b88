import { fork } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Cell } from './cell.ts';
import { failingStates } from './declared-errors.ts';
import { describeFailures } from './describe-failures.ts';
import { describeOperating } from './describe-operating.ts';

/** Writes docs/failures.md and docs/operating.md anew; with `--check` only says whether they are as they would be. */
const DOCS = path.join(import.meta.dirname, '../../../docs');
const WORKERS = 2;

const states = failingStates.map(({ state }) => state);
const shares = Array.from({ length: WORKERS }, (_, worker) =>
  states.filter((_state, index) => index % WORKERS === worker),
);
const found = (await Promise.all(shares.map(liveThrough))).flat();
const cells = states.flatMap((state) => found.filter((cell) => cell.state === state));
const bad = cells.filter(({ broken }) => broken.length > 0);
for (const { state, error, when, broken } of bad) {
  process.stderr.write(`${state}, ${error}${when ? ` ${when} its effect` : ''}: ${broken.join('; ')}\n`);
}
const files = { 'failures.md': describeFailures(cells), 'operating.md': describeOperating(cells) };
let isCurrent = true;
for (const [name, text] of Object.entries(files)) {
  const file = path.join(DOCS, name);
  if (!process.argv.includes('--check')) writeFileSync(file, text);
  if (readFileSync(file, 'utf8') === text) continue;
  isCurrent = false;
  process.stderr.write(`docs/${name} is not what the code does: run \`make failures\`.\n`);
}
if (bad.length > 0 || !isCurrent) process.exitCode = 1;
process.stdout.write(`${cells.length} failures lived through, ${bad.length} break a promise\n`);

/** In a process of its own, for a process has one time and one chance. */
function liveThrough(names: string[]): Promise<Cell[]> {
  const worker = fork(path.join(import.meta.dirname, 'worker.ts'), { execArgv: ['--no-warnings'] });
  worker.send(names);
  return new Promise((resolve, reject) => {
    const lived: Cell[] = [];
    worker.on('message', (cell: Cell) => lived.push(cell));
    worker.once('error', reject);
    worker.once('exit', (code, signal) =>
      code === 0 ? resolve(lived) : reject(new Error(`a worker ended with ${code ?? signal}`)),
    );
  });
}
