/** What is wrong with a regular expression, in the words of a finding. */
export type PatternProblem = { readonly expected: string; readonly found: string; readonly remedy: string };

/**
 * ODCS patterns are ECMAScript's, the job runs them in Java. Tells what one of the two does not read, or reads in
 * another way than the other; undefined if both agree.
 */
export function patternProblem(pattern: string): PatternProblem | undefined {
  try {
    new RegExp(pattern, 'u');
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^.*: /, '') : String(error);
    return {
      expected: 'a regular expression (ECMAScript)',
      found: `${JSON.stringify(pattern)} (${reason})`,
      remedy: 'Mend it; escape a literal character of the syntax with a backslash.',
    };
  }
  for (const { construct, remedy } of differences(pattern)) {
    return {
      expected: 'a regular expression that ECMAScript and Java read alike',
      found: `${construct} in ${JSON.stringify(pattern)}`,
      remedy,
    };
  }
  return undefined;
}

function* differences(pattern: string): Generator<{ construct: string; remedy: string }> {
  let inClass = false;
  for (let at = 0; at < pattern.length; at += 1) {
    const rest = pattern.slice(at);
    if (rest.startsWith('\\')) {
      if (rest.startsWith('\\u{')) yield { construct: '\\u{...}', remedy: 'Write the character itself.' };
      const property = /^\\[pP]\{(?![A-Z][a-z]?\})[^}]*\}/.exec(rest)?.[0];
      if (property !== undefined) {
        yield { construct: property, remedy: 'Write a category in its short form, as \\p{L} or \\p{Lu}.' };
      }
      if (rest.startsWith('\\v')) yield { construct: '\\v', remedy: 'Write \\x0b, or \\n for a line end.' };
      if (rest.startsWith('\\0')) yield { construct: '\\0', remedy: 'Write \\x00.' };
      if (inClass && rest.startsWith('\\b')) {
        yield { construct: '\\b inside a class', remedy: 'Write \\x08 for the backspace.' };
      }
      at += 1;
      continue;
    }
    if (!inClass) {
      if (rest.startsWith('[]') || rest.startsWith('[^]')) {
        yield { construct: 'an empty class', remedy: 'Write [\\s\\S] for any character.' };
      }
      if (/^\(\?<(?![=!]|[A-Za-z][A-Za-z0-9]*>)/.test(rest)) {
        yield { construct: 'a group name of other signs', remedy: 'Use letters and digits, or no name.' };
      }
      inClass = rest.startsWith('[');
      continue;
    }
    if (rest.startsWith('[')) yield { construct: '[ inside a class', remedy: 'Write \\[ for the character.' };
    if (rest.startsWith('&&')) yield { construct: '&& inside a class', remedy: 'Write & once.' };
    if (rest.startsWith(']')) inClass = false;
  }
}
