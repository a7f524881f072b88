import aslValidator from 'asl-validator';
import type { Block } from '../definition.ts';
import type { Finding } from '../finding.ts';

/** Targets that are not there, unreachable states, fields of the wrong form. */
export function lintStructure(definition: Block): Finding[] {
  const { isValid, errorsText } = aslValidator(withoutEmptyTexts(definition));
  return isValid ? [] : [{ rule: 'asl-validator', path: '', message: errorsText('; ') }];
}

/** The validator refuses a text without a character as the value of a variable; Step Functions does not. */
function withoutEmptyTexts(definition: Block): object {
  return JSON.parse(JSON.stringify(definition, (_, value: unknown) => (value === '' ? ' ' : value)));
}
