import { stat } from 'node:fs/promises';
import { CommandFailure } from './command-failure.ts';

/** In bytes. @throws CommandFailure when there is no such file. */
export async function sizeOfFile(file: string): Promise<number> {
  const found = await stat(file).catch((error: Error) => {
    throw new CommandFailure(`${file}: ${error.message}`);
  });
  if (found.isDirectory())
    throw new CommandFailure(`${file}: expected a file, found a folder. Name the files in it.`);
  return found.size;
}
