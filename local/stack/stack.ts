import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import * as z from 'zod';
import { LOCAL, places } from './places.ts';

/** The servers of the stack, each a process with a port; also the names of their logs. */
export const serverNames = ['aws', 'bigquery', 'gcs', 'services', 'states'] as const;
export type ServerName = (typeof serverNames)[number];

const port = z.int().min(1).max(65_535);

const stackSchema = z.strictObject({
  ports: z.strictObject({ aws: port, bigquery: port, gcs: port, services: port, states: port }),
  /** The folder of the datasets whose contracts are served. */
  datasets: z.string(),
});

/** What a stack was started with: what its processes and `make env` read. */
export type Stack = z.infer<typeof stackSchema>;

/** The stack of this checkout as it was started last; null when it never was. */
export function readStack(): Stack | null {
  try {
    return stackSchema.parse(JSON.parse(readFileSync(places.stack, 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new Error(`${places.stack} is not what \`make up\` writes; delete it and run \`make up\` again.`, {
      cause: error,
    });
  }
}

/** @throws Error when there is none. */
export function requireStack(): Stack {
  const stack = readStack();
  if (!stack) throw new Error('No stack was started in this folder yet; run `make up` first.');
  return stack;
}

export function writeStack(stack: Stack): void {
  mkdirSync(LOCAL, { recursive: true });
  writeFileSync(places.stack, `${JSON.stringify(stack, null, 2)}\n`);
}

export const endpointOf = (stack: Stack, server: ServerName): string =>
  `http://127.0.0.1:${stack.ports[server]}`;
