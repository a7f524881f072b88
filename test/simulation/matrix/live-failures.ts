import '../environment.ts';
import { simulateGlobals } from '../simulated-globals.ts';
import { loadWorkflow } from '../workflow.ts';
import { type Cell, cellOf, usualOf } from './cell.ts';
import { failingStates } from './declared-errors.ts';

/** The failures of some states, one after the other. */
export async function liveFailures(names: readonly string[], tell: (cell: Cell) => void): Promise<void> {
  const workflow = await loadWorkflow(null);
  simulateGlobals();
  for (const state of failingStates.filter((each) => names.includes(each.state))) {
    const usual = await usualOf(state, workflow);
    for (const declared of state.errors) tell(await cellOf(state, declared, usual, workflow));
  }
}
