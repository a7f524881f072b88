import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { uploadIdOf } from '../../tasks/core/upload-id.ts';
import { CommandFailure } from '../command-failure.ts';
import { deployedContract } from '../deployed-contract.ts';
import { deployment, runFolders } from '../deployment.ts';
import { endOfUpload } from '../end-of-upload.ts';
import { putFile } from '../put-file.ts';
import type { Command } from './commands.ts';

export const upload: Command = {
  synopsis: 'DATASET FILE... [--wait]',
  summary: 'upload files of a dataset',
  help: `Puts each FILE into the source bucket under DATASET/ and its own name. With --wait: tells what becomes of each, and
exits with 1 if one is not LOADED.`,
  async run(args) {
    const { positionals, values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { wait: { type: 'boolean', default: false } },
    });
    const [dataset, ...files] = positionals;
    if (!dataset || files.length === 0) throw new CommandFailure('expected DATASET and FILE, found fewer.');
    const target = { ...deployment(), ...runFolders() };
    await deployedContract(dataset);
    const uploads: { file: string; uploadId: string }[] = [];
    for (const file of files) {
      const key = `${dataset}/${basename(file)}`;
      const versionId = await putFile(file, key, target);
      uploads.push({ file, uploadId: uploadIdOf(target.sourceBucket, key, versionId) });
    }
    if (!values.wait) return 0;
    let exitCode = 0;
    for (const { file, uploadId } of uploads) {
      const { isLoaded, told } = await endOfUpload(dataset, uploadId, target);
      process.stdout.write(`${file}: ${told}\n`);
      if (!isLoaded) exitCode = 1;
    }
    return exitCode;
  },
};
