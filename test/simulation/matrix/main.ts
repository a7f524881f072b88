import '../environment.ts';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { simulateGlobals } from '../simulated-globals.ts';
import { loadWorkflow } from '../workflow.ts';
import { type Cell, cellOf, usualOf } from './cell.ts';
import { failingStates } from './declared-errors.ts';
import { describeFailures } from './describe-failures.ts';

/** Writes docs/failures.md anew; with `--check` only says whether it is as it would be written. */
const FILE = path.join(import.meta.dirname, '../../../docs/failures.md');

const workflow = await loadWorkflow(null);
simulateGlobals();
const cells: Cell[] = [];
for (const state of failingStates) {
  const usual = await usualOf(state, workflow);
  for (const declared of state.errors) cells.push(await cellOf(state, declared, usual, workflow));
}
const text = describeFailures(cells);
const bad = cells.filter(({ broken }) => broken.length > 0);
for (const { state, error, when, broken } of bad) {
  process.stderr.write(`${state}, ${error} (${when}): ${broken.join('; ')}\n`);
}
if (process.argv.includes('--check')) {
  if (readFileSync(FILE, 'utf8') !== text) {
    process.stderr.write('docs/failures.md is not what the code does: run `make failures`.\n');
    process.exitCode = 1;
  }
} else writeFileSync(FILE, text);
if (bad.length > 0) process.exitCode = 1;
process.stdout.write(`${cells.length} failures lived through, ${bad.length} break a promise\n`);
