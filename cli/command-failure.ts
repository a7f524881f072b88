/** What a person can mend: shown as it is, without a stack. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
}
