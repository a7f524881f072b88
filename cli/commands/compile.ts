import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileDatasets } from '../../tasks/core/contract/compile-datasets.ts';
import { ArgumentFailure, commandArguments } from '../command-arguments.ts';
import { datasetsFolder } from '../datasets-folder.ts';
import { reportFindings } from '../report-findings.ts';
import type { Command } from './command.ts';

export const compile: Command = {
  synopsis: '[DIR] --out DIR',
  summary: 'write the compiled contracts of a folder',
  help: `Compiles every DIR/<dataset>/contract.odcs.yaml into
OUT/<dataset>/contract.json, the form that the Lambdas and the Spark job read.
DIR defaults to TIDEGATE_DATASETS, or else datasets. Writes nothing if any
contract has an error.`,
  run: (args) => {
    const { positionals, values } = commandArguments(args, {
      needed: [],
      more: 1,
      options: { out: { type: 'string' } },
    });
    if (values.out === undefined) throw new ArgumentFailure('expected --out DIR, found none.');
    const { contracts, findings } = compileDatasets(positionals[0] ?? datasetsFolder());
    if (reportFindings(findings)) return 1;
    for (const contract of contracts) {
      const folder = join(values.out, contract.dataset);
      mkdirSync(folder, { recursive: true });
      const file = join(folder, 'contract.json');
      writeFileSync(file, `${JSON.stringify(contract, null, 2)}\n`);
      process.stdout.write(`${file}\n`);
    }
    return 0;
  },
};
