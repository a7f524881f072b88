import { parseArgs } from 'node:util';
import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { CommandFailure } from '../command-failure.ts';
import { deployment } from '../deployment.ts';
import type { Command } from './commands.ts';

const URI = /^s3:\/\/([^/]+)\/(.+)$/s;

export const replay: Command = {
  synopsis: 'RUN | s3://BUCKET/KEY [--version ID]',
  summary: 'load again what was loaded, or what failed',
  help: `Starts an execution that loads a file, or all files of a run, again: under the contract that is deployed now, and
with the rank among uploads that they had. A file that was loaded before keeps its rows once.`,
  async run(args) {
    const { positionals, values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { version: { type: 'string' } },
    });
    const [which] = positionals;
    if (!which) throw new CommandFailure('expected RUN or s3://BUCKET/KEY, found none.');
    const { sfn, stateMachineArn } = deployment();
    const [, bucket, key] = URI.exec(which) ?? [];
    if (!bucket && values.version) throw new CommandFailure('--version goes with s3://BUCKET/KEY only.');
    const input = bucket
      ? { bucket, key, ...(values.version && { versionId: values.version }) }
      : { runId: which };
    const { executionArn } = await sfn.send(
      new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }),
    );
    process.stdout.write(`${executionArn}\n`);
    return 0;
  },
};
