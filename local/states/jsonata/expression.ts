/** Whether a string is an expression: `{%` first, `%}` last, nothing around them. */
export function isExpression(text: string): boolean {
  return text.startsWith('{%') && text.endsWith('%}') && text.length >= 4;
}

/** The JSONata between the delimiters, trimmed, as AWS quotes it in causes. */
export function expressionBody(text: string): string {
  return text.slice(2, -2).trim();
}
