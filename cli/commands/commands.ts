import { backfill } from './backfill.ts';
import { check } from './check.ts';
import { compile } from './compile.ts';
import { plan } from './plan.ts';
import { redrive } from './redrive.ts';
import { replay } from './replay.ts';
import { runs } from './runs.ts';
import { upload } from './upload.ts';

/** A subcommand: what `--help` says of it, and what it does with the arguments after its name. */
export type Command = {
  /** Its arguments, as in `[DIR] --out DIR`. */
  readonly synopsis: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What `tidegate COMMAND --help` says besides. */
  readonly help: string;
  /** Answers the exit code; parses with `parseArgs`, whose errors are shown with the synopsis. */
  readonly run: (args: readonly string[]) => number | Promise<number>;
};

/** Every subcommand by name, in the order of `--help`. */
export const commands: Readonly<Record<string, Command>> = {
  check,
  compile,
  plan,
  upload,
  runs,
  redrive,
  replay,
  backfill,
};
