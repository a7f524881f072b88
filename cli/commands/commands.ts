import type { Command } from './command.ts';

/**
 * Every subcommand by name, in the order of `--help`; each is loaded when it is asked for, so that one that calls no
 * service need not wait for their clients.
 */
export const commands: Readonly<Record<string, () => Promise<Command>>> = {
  check: async () => (await import('./check.ts')).check,
  compile: async () => (await import('./compile.ts')).compile,
  plan: async () => (await import('./plan.ts')).plan,
  upload: async () => (await import('./upload.ts')).upload,
  runs: async () => (await import('./runs.ts')).runs,
  quarantine: async () => (await import('./quarantine.ts')).quarantine,
  mend: async () => (await import('./mend.ts')).mend,
  redrive: async () => (await import('./redrive.ts')).redrive,
  replay: async () => (await import('./replay.ts')).replay,
  backfill: async () => (await import('./backfill.ts')).backfill,
  adopt: async () => (await import('./adopt.ts')).adopt,
};
