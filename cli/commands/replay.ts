import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { s3ObjectStore } from '../../tasks/adapters/world.ts';
import { mendedUpload } from '../../tasks/core/folders/mended-key.ts';
import { datasetOfKey } from '../../tasks/core/request.ts';
import { findRun } from '../../tasks/core/state-table/find-run.ts';
import { ArgumentFailure, commandArguments } from '../command-arguments.ts';
import { CommandFailure } from '../command-failure.ts';
import { deployedContract } from '../deployed-contract.ts';
import { deployment } from '../deployment.ts';
import type { Command } from './command.ts';

const URI = /^s3:\/\/([^/]+)\/(.+)$/s;

export const replay: Command = {
  synopsis: 'RUN | s3://BUCKET/KEY [--version ID]',
  summary: 'load again what was loaded, or what failed',
  help: `Starts an execution that loads a file, or all files of a run, again: under the
contract that is deployed now, and with the rank among uploads that they had. A
file that was loaded before keeps its rows once. \`tidegate runs DATASET\` lists
runs.`,
  async run(args) {
    const { positionals, values } = commandArguments(args, {
      needed: ['RUN or s3://BUCKET/KEY'],
      options: { version: { type: 'string' } },
    });
    const [which] = positionals;
    const [, bucket, key = ''] = URI.exec(which) ?? [];
    if (!bucket && values.version) throw new ArgumentFailure('--version goes with s3://BUCKET/KEY only.');
    const { sfn, stateMachineArn, sourceBucket, table } = deployment();
    const input = bucket
      ? { bucket, key, ...(values.version && { versionId: values.version }) }
      : { runId: which };
    // An execution that finds nothing fails, and alerts everybody.
    if (bucket && bucket !== sourceBucket)
      throw new CommandFailure(`expected a file of the source bucket ${sourceBucket}, found ${which}.`);
    const dataset = bucket
      ? (mendedUpload(key)?.dataset ?? datasetOfKey(key))
      : (await findRun(which, table))?.value.dataset;
    if (dataset === undefined)
      throw new CommandFailure(`There is no run ${which}. \`tidegate runs DATASET\` lists them.`);
    await deployedContract(dataset);
    if (bucket && !(await s3ObjectStore().head({ bucket, key, versionId: values.version })))
      throw new CommandFailure(
        `There is no ${which}${values.version ? ` version ${values.version}` : ''}. Check its key and version.`,
      );
    const { executionArn } = await sfn.send(
      new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }),
    );
    process.stdout.write(`${executionArn}\n`);
    return 0;
  },
};
