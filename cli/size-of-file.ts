import { stat } from 'node:fs/promises';
import { CommandFailure } from './command-failure.ts';

/** In bytes. @throws CommandFailure when there is no such file, or nothing in it. */
export async function sizeOfFile(file: string): Promise<number> {
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
    throw new CommandFailure(
      error.code === 'ENOENT' ? `${file}: there is no such file.` : `${file}: ${error.message}`,
    );
  });
  if (found.isDirectory())
    throw new CommandFailure(`${file}: expected a file, found a folder. Name the files in it.`);
  refuseEmpty(file, found.size);
  return found.size;
}

/** @throws CommandFailure */
export function refuseEmpty(file: string, sizeBytes: number): void {
  if (sizeBytes === 0) throw new CommandFailure(`${file} is empty: Tidegate does not load empty files.`);
}
