import { lintArguments } from './arguments/lint-arguments.ts';
import { type Block, statesOf } from './definition.ts';
import { lintErrors } from './errors/lint-errors.ts';
import type { Finding } from './finding.ts';
import { lintExpressions } from './jsonata/lint-expressions.ts';
import { type KnownNames, lintNames } from './names/lint-names.ts';
import { lintStructure } from './structure/lint-structure.ts';
import { lintVariables } from './variables/lint-variables.ts';

/**
 * Finds the mistakes in a state machine that deploy well and fail at night.
 * @param definition the parsed file, its `${Name}`s still in it.
 * @param known what the definition may name: functions, Resources, substitutions, error names.
 * @returns no finding for a definition in order.
 */
export function lintStateMachine(definition: Block, known: KnownNames): Finding[] {
  return [...lintStructure(definition), ...lintContents(definition, known)];
}

/** What the validator of the language's structure, which compiles its schemas anew each time, does not see. */
export function lintContents(definition: Block, known: KnownNames): Finding[] {
  const states = statesOf(definition);
  return [
    ...lintNames(definition, states, known),
    ...lintErrors(states, known),
    ...lintArguments(states),
    ...lintExpressions(states),
    ...lintVariables(definition),
  ];
}
