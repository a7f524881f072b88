import { basename } from 'node:path';
import { uploadIdOf } from '../../tasks/core/upload-id.ts';
import { commandArguments } from '../command-arguments.ts';
import { CommandFailure } from '../command-failure.ts';
import { deployedContract } from '../deployed-contract.ts';
import { deployment, runFolders } from '../deployment.ts';
import { endOfUpload, type Sent } from '../end-of-upload.ts';
import { putFile } from '../put-file.ts';
import type { Command } from './command.ts';

export const upload: Command = {
  synopsis: 'DATASET FILE... [--wait]',
  summary: 'upload files to a dataset',
  help: `Puts each FILE into the source bucket under DATASET/ and its own name. If one
cannot be uploaded (an empty file, for example), it continues with the next and
exits with 1.
With --wait: reports what became of each, and exits with 1 if any is not LOADED.`,
  async run(args) {
    const { positionals, values } = commandArguments(args, {
      needed: ['DATASET', 'FILE'],
      more: Number.POSITIVE_INFINITY,
      options: { wait: { type: 'boolean', default: false } },
    });
    const [dataset, ...files] = positionals;
    const target = { ...deployment(), ...runFolders() };
    await deployedContract(dataset);
    let exitCode = 0;
    const uploads: { file: string; sent: Sent }[] = [];
    for (const file of files) {
      const key = `${dataset}/${basename(file)}`;
      try {
        const versionId = await putFile(file, key, target);
        const uploadId = uploadIdOf(target.sourceBucket, key, versionId);
        uploads.push({ file, sent: { dataset, uploadId, key, versionId, at: new Date() } });
      } catch (error) {
        if (!(error instanceof CommandFailure)) throw error;
        process.stderr.write(`tidegate upload: ${error.message}\n`);
        exitCode = 1;
      }
    }
    if (!values.wait) return exitCode;
    for (const { file, sent } of uploads) {
      const { isLoaded, told } = await endOfUpload(sent, target);
      process.stdout.write(`${file}: ${told}\n`);
      if (!isLoaded) exitCode = 1;
    }
    return exitCode;
  },
};
