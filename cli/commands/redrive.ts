import {
  DescribeExecutionCommand,
  ExecutionNotRedrivable,
  RedriveExecutionCommand,
} from '@aws-sdk/client-sfn';
import { findRun } from '../../tasks/core/state-table/find-run.ts';
import { commandArguments } from '../command-arguments.ts';
import { CommandFailure } from '../command-failure.ts';
import { deployment, runFolders } from '../deployment.ts';
import { endOfExecution } from '../end-of-execution.ts';
import type { Command } from './command.ts';

export const redrive: Command = {
  synopsis: 'RUN | EXECUTION_ARN [--wait]',
  summary: 'resume a failed run where it failed',
  help: `Redrives the execution of a run (\`tidegate runs DATASET\` lists runs). The run
takes the gate again (or waits for it), keeps its uploads and the contract it
began with, and goes straight to BigQuery if its Spark job had finished.
Possible for 14 days.
With --wait: reports what became of its uploads, and exits with 1 if any is not
LOADED.`,
  async run(args) {
    const { positionals, values } = commandArguments(args, {
      needed: ['RUN'],
      options: { wait: { type: 'boolean', default: false } },
    });
    const [which] = positionals;
    const target = deployment();
    const { table, sfn } = target;
    const executionArn = which.startsWith('arn:') ? which : (await findRun(which, table))?.value.executionArn;
    if (!executionArn)
      throw new CommandFailure(`There is no run ${which}. \`tidegate runs DATASET\` lists them.`);
    let redriveDate: Date | undefined;
    try {
      ({ redriveDate } = await sfn.send(new RedriveExecutionCommand({ executionArn })));
    } catch (error) {
      if (!(error instanceof ExecutionNotRedrivable)) throw error;
      const { status } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
      const instead = status === 'RUNNING' ? '' : ' `tidegate replay` loads its files again.';
      throw new CommandFailure(`${which} cannot be redriven: ${error.message}.${instead}`);
    }
    process.stdout.write(`${executionArn}\n`);
    return values.wait ? endOfExecution({ executionArn, redriveDate }, { ...target, ...runFolders() }) : 0;
  },
};
