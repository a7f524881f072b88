import { basename } from 'node:path';
import { mendedKey } from '../../tasks/core/folders/mended-key.ts';
import { uploadKey, uploadRecordSchema } from '../../tasks/core/records.ts';
import { readRecord } from '../../tasks/core/state-table/read-record.ts';
import { commandArguments } from '../command-arguments.ts';
import { CommandFailure } from '../command-failure.ts';
import { deployment, runFolders } from '../deployment.ts';
import { endOfUpload } from '../end-of-upload.ts';
import { putFile } from '../put-file.ts';
import type { Command } from './command.ts';

export const mend: Command = {
  synopsis: 'DATASET UPLOAD FILE [--wait]',
  summary: 'send mended rows of an upload',
  help: `Sends rows that \`tidegate quarantine DATASET UPLOAD\` wrote and you corrected.
Each replaces the row of the upload whose number is in its column _row, and
keeps that row's rank: a row of the same key from a newer upload stays. The
whole upload is loaded again, under the contract that is deployed now. FILE need
not hold all rows; a file of the same name replaces the one sent before.
With --wait: reports what became of it, and exits with 1 if FILE is not accepted
or the upload is not LOADED.`,
  async run(args) {
    const { positionals, values } = commandArguments(args, {
      needed: ['DATASET', 'UPLOAD', 'FILE'],
      options: { wait: { type: 'boolean', default: false } },
    });
    const [dataset, uploadId, file] = positionals;
    const target = { ...deployment(), ...runFolders() };
    if (!(await readRecord(target.table, uploadKey(dataset, uploadId), uploadRecordSchema)))
      throw new CommandFailure(
        `There is no upload ${uploadId} of "${dataset}"; \`tidegate quarantine\` lists them.`,
      );
    const key = mendedKey(dataset, uploadId, basename(file));
    const versionId = await putFile(file, key, target);
    if (!values.wait) return 0;
    const sent = { dataset, uploadId, key, versionId, at: new Date() };
    const { isLoaded, told } = await endOfUpload(sent, target, ({ mends = [] }) =>
      mends.some((known) => known.key === key && known.versionId === versionId),
    );
    process.stdout.write(`${file}: ${told}\n`);
    return isLoaded ? 0 : 1;
  },
};
