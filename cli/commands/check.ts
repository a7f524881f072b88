import { compileDatasets } from '../../tasks/core/contract/compile-datasets.ts';
import { counted } from '../../tasks/core/telling/counted.ts';
import { commandArguments } from '../command-arguments.ts';
import { datasetsFolder } from '../datasets-folder.ts';
import { reportFindings } from '../report-findings.ts';
import type { Command } from './command.ts';

export const check: Command = {
  synopsis: '[DIR]',
  summary: 'report errors in the contracts of a folder',
  help: `Compiles every DIR/<dataset>/contract.odcs.yaml and prints the errors, one line
each:
  file:line:column: where: expected what, found what. What to do.
DIR defaults to TIDEGATE_DATASETS, or else datasets. Exits with 1 if there is
any error.`,
  run: (args) => {
    const { positionals } = commandArguments(args, { needed: [], more: 1 });
    const { contracts, findings } = compileDatasets(positionals[0] ?? datasetsFolder());
    if (reportFindings(findings)) return 1;
    for (const { dataset, columns, write } of contracts) {
      process.stdout.write(`${dataset}: ${counted(columns.length, 'column')}, ${write.mode}\n`);
    }
    return 0;
  },
};
