import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { compileDatasets } from '../../tasks/core/contract/compile-datasets.ts';
import type { Contract } from '../../tasks/core/contract.ts';
import { ArgumentFailure } from '../command-arguments.ts';
import { CommandFailure } from '../command-failure.ts';

/**
 * The contract of the dataset that is named, or else of one that a file is in the folder of; undefined: there is none.
 * @throws ArgumentFailure for files of several datasets.
 * @throws CommandFailure when the dataset that is named has none.
 */
export function contractFor(
  files: readonly string[],
  named: string | undefined,
  datasets: string,
): Contract | undefined {
  const { contracts } = compileDatasets(datasets);
  const names = named === undefined ? files.map(folderOf) : [named];
  const [contract, other] = contracts.filter(({ dataset }) => names.includes(dataset));
  if (contract && other)
    throw new ArgumentFailure(
      `expected files of one dataset, found some of ${contract.dataset} and some of ${other.dataset}. ` +
        'A run has one dataset: plan each one by itself, or name one with --dataset.',
    );
  if (contract || named === undefined) return contract;
  const folder = join(datasets, named);
  throw new CommandFailure(
    existsSync(folder)
      ? `${folder} has no valid contract; \`tidegate check\` says why.`
      : `There is no folder ${folder} here. Check the name; TIDEGATE_DATASETS names another folder of datasets.`,
  );
}

/** The dataset that a file belongs to by where it is. */
function folderOf(file: string): string {
  const s3 = /^s3:\/\/[^/]+\/([^/]+)\//.exec(file);
  return s3?.[1] ?? basename(dirname(file));
}
