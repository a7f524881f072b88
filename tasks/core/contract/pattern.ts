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
      if (/^\\p\{[^}]*=/iu.test(rest)) {
        yield { construct: '\\p{...=...}', remedy: 'Write the short form, as \\p{L}.' };
      }
      at += 1;
      continue;
    }
    if (!inClass) {
      if (rest.startsWith('[]') || rest.startsWith('[^]')) {
        yield { construct: 'an empty class', remedy: 'Write [\\s\\S] for any character.' };
      }
      if (/^\(\?<\w*_/.test(rest)) {
        yield { construct: 'a group name with _', remedy: 'Use letters and digits, or no name.' };
      }
      inClass = rest.startsWith('[');
      continue;
    }
    if (rest.startsWith('[')) yield { construct: '[ inside a class', remedy: 'Write \\[ for the character.' };
    if (rest.startsWith('&&')) yield { construct: '&& inside a class', remedy: 'Write & once.' };
    if (rest.startsWith(']')) inClass = false;
  }
}
