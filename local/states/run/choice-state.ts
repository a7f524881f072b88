import type { ChoiceState } from '../definition/definition.ts';
import { StateFailed } from './failure.ts';
import { causeAt, type Exit, evaluate, outputAndAssign, type Visit } from './state-visit.ts';

/** The first rule whose Condition is true, with the rule's own Output and Assign; else Default, with the state's. */
export async function runChoice(visit: Visit<ChoiceState>): Promise<Exit> {
  const { state, at } = visit;
  for (const [index, rule] of state.Choices.entries()) {
    const holds = await evaluate(visit, rule.Condition, `Choices[${index}]/Condition`, {
      expected: 'boolean',
    });
    if (!holds) continue;
    const result = await outputAndAssign(visit, rule, at.input, {}, `Choices[${index}]/`);
    return { next: rule.Next, ...result };
  }
  if (state.Default === undefined)
    throw new StateFailed({
      error: 'States.Runtime',
      cause: causeAt(at, `Failed to transition out of the state. The state does not point to a next state.`),
    });
  return { next: state.Default, ...(await outputAndAssign(visit, state, at.input, {})) };
}
