/** Why an expression has no usable value. `explanation` completes AWS's sentence on the expression and its field. */
export class QueryFailure extends Error {
  override readonly name = 'QueryFailure';
  readonly expression: string;
  readonly field: string;
  readonly explanation: string;

  constructor(expression: string, field: string, explanation: string) {
    super(`The JSONata expression '${expression}' specified for the field '${field}' ${explanation}`);
    this.expression = expression;
    this.field = field;
    this.explanation = explanation;
  }
}
