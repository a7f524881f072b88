import { isJsonObject } from '../json.ts';
import { limits } from '../limits.ts';
import { type Check, shown, template } from './check.ts';
import type { Scope } from './check-expression.ts';

/** As of Unicode's Annex 31 (workflow-variables): `_` may follow, and not be the first. */
const identifier = /^\p{ID_Start}\p{ID_Continue}*$/u;

/** Names by which JavaScript's objects, and so jsonata's scopes, would be taken apart. */
const unusable = new Set(['__proto__', 'hasOwnProperty']);

/** Assign: an object of variable names and templates. */
export function checkAssign(scope: Scope): Check {
  const value = template(scope);
  return (assign, path, report) => {
    if (!isJsonObject(assign)) {
      report.add(path, `Expected an object of variables and their values, got ${shown(assign)}`);
      return;
    }
    for (const [name, item] of Object.entries(assign)) {
      const place = `${path}/${name}`;
      if (unusable.has(name)) report.add(place, `The variable name '${name}' does not run here`);
      else if (name === 'states') report.add(place, "The variable name 'states' is reserved");
      else if (!identifier.test(name) || name.length > limits.nameLength)
        report.add(
          place,
          `Expected a variable name (letters, digits and _, a letter first, at most ${limits.nameLength}), got '${name}'`,
        );
      value(item, place, report);
    }
  };
}
