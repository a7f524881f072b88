/** A subcommand: what `--help` says of it, and what it does with the arguments after its name. */
export type Command = {
  /** Its arguments, as in `[DIR] --out DIR`. */
  readonly synopsis: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What `tidegate COMMAND --help` says besides. */
  readonly help: string;
  /** Answers the exit code; parses with `commandArguments`, whose errors are shown with the synopsis. */
  readonly run: (args: readonly string[]) => number | Promise<number>;
};
