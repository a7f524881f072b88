import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { s3ObjectStore } from '../../tasks/adapters/world.ts';
import { mendedUpload } from '../../tasks/core/folders/mended-key.ts';
import type { ObjectRef } from '../../tasks/core/ports.ts';
import { datasetOfKey } from '../../tasks/core/request.ts';
import { findRun } from '../../tasks/core/state-table/find-run.ts';
import { uploadIdOf } from '../../tasks/core/upload-id.ts';
import { ArgumentFailure, commandArguments } from '../command-arguments.ts';
import { CommandFailure } from '../command-failure.ts';
import { deployedContract } from '../deployed-contract.ts';
import { type Deployment, deployment, runFolders } from '../deployment.ts';
import { endOfExecution, uploadIdsOf } from '../end-of-execution.ts';
import type { Command } from './command.ts';

const URI = /^s3:\/\/([^/]+)\/(.+)$/s;

export const replay: Command = {
  synopsis: 'RUN | s3://BUCKET/KEY [--version ID] [--wait]',
  summary: 'load again what was loaded, or what failed',
  help: `Starts an execution that loads a file, or all files of a run, again: under the
contract that is deployed now, with the same rank among uploads as before. Rows
of a file that was already loaded are not duplicated. \`tidegate runs DATASET\`
lists runs.
With --wait: reports what became of each, and exits with 1 if any is not LOADED.`,
  async run(args) {
    const { positionals, values } = commandArguments(args, {
      needed: ['RUN or s3://BUCKET/KEY'],
      options: { version: { type: 'string' }, wait: { type: 'boolean', default: false } },
    });
    const [which] = positionals;
    const [, bucket, key = ''] = URI.exec(which) ?? [];
    if (!bucket && values.version) throw new ArgumentFailure('--version goes with s3://BUCKET/KEY only.');
    const target = deployment();
    const { sfn, stateMachineArn, sourceBucket } = target;
    const input = bucket
      ? { bucket, key, ...(values.version && { versionId: values.version }) }
      : { runId: which };
    // An execution that finds nothing fails, and alerts everybody.
    if (bucket && bucket !== sourceBucket)
      throw new CommandFailure(`expected a file of the source bucket ${sourceBucket}, found ${which}.`);
    const uploads = bucket
      ? await uploadsOfFile({ bucket, key, versionId: values.version })
      : await uploadsOfRun(which, target);
    const { executionArn = '' } = await sfn.send(
      new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }),
    );
    process.stdout.write(`${executionArn}\n`);
    return values.wait ? endOfExecution({ executionArn, uploads }, { ...target, ...runFolders() }) : 0;
  },
};

async function uploadsOfRun(runId: string, { table }: Deployment) {
  const run = await findRun(runId, table);
  if (!run) throw new CommandFailure(`There is no run ${runId}. \`tidegate runs DATASET\` lists them.`);
  await deployedContract(run.value.dataset);
  return { ...uploadIdsOf(run.value), mendedKey: null };
}

async function uploadsOfFile({ bucket, key, versionId }: ObjectRef) {
  const mended = mendedUpload(key);
  const dataset = mended?.dataset ?? datasetOfKey(key);
  await deployedContract(dataset);
  const head = await s3ObjectStore().head({ bucket, key, versionId });
  if (!head)
    throw new CommandFailure(
      `There is no s3://${bucket}/${key}${versionId ? ` version ${versionId}` : ''}. Check its key and version.`,
    );
  const uploadId = mended?.uploadId ?? uploadIdOf(bucket, key, versionId ?? head.versionId ?? '');
  return { dataset, uploadIds: [uploadId], mendedKey: mended ? key : null };
}
