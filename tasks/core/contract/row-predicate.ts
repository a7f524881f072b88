/** What is wrong with a row predicate, in the words of a finding. */
export type PredicateProblem = { readonly expected: string; readonly found: string; readonly remedy: string };

/** Why this cannot be a condition on the columns of one row, or undefined if nothing speaks against it. */
export function predicateProblem(
  predicate: string,
  _columns: readonly string[],
): PredicateProblem | undefined {
  return predicate === ''
    ? {
        expected: 'a row predicate in SQL',
        found: 'nothing',
        remedy: 'Write a condition such as price >= 0.',
      }
    : undefined;
}
