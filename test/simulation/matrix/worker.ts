import '../environment.ts';
import { simulateGlobals } from '../simulated-globals.ts';
import { loadWorkflow } from '../workflow.ts';
import { cellOf, usualOf } from './cell.ts';
import { failingStates } from './declared-errors.ts';

/** One process: the failures of some states, one after the other. */
process.once('message', async (names: string[]) => {
  const workflow = await loadWorkflow(null);
  simulateGlobals();
  for (const state of failingStates.filter((each) => names.includes(each.state))) {
    const usual = await usualOf(state, workflow);
    for (const declared of state.errors) process.send?.(await cellOf(state, declared, usual, workflow));
  }
  process.disconnect();
});
