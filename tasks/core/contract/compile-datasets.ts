import { isUtf8 } from 'node:buffer';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Contract } from '../contract.ts';
import { compileContract } from './compile-contract.ts';
import type { Finding } from './finding.ts';

const contractFile = 'contract.odcs.yaml';

export type CompiledDatasets = {
  /** The flawless ones, by the name of their folder. */
  readonly contracts: readonly Contract[];
  readonly findings: readonly Finding[];
};

/**
 * Compiles every dataset of a folder: one folder each, with `contract.odcs.yaml` and, for those that transform,
 * `transform.sql`. Files, and folders whose names begin with `.` or `_`, are none.
 */
export function compileDatasets(folder: string): CompiledDatasets {
  if (!existsSync(folder)) return { contracts: [], findings: [fileFinding(folder, 'a folder of datasets')] };
  if (!statSync(folder).isDirectory()) {
    const remedy = `Name the folder that holds <dataset>/${contractFile}.`;
    const finding = { ...fileFinding(folder, 'a folder of datasets'), found: 'a file', remedy };
    return { contracts: [], findings: [finding] };
  }
  if (existsSync(join(folder, contractFile))) {
    const remedy = 'Name the folder that it is in.';
    const finding = { ...fileFinding(folder, 'a folder of datasets'), found: 'the folder of one', remedy };
    return { contracts: [], findings: [finding] };
  }
  const datasets = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !/^[._]/.test(entry.name))
    .map((entry) => entry.name)
    .toSorted();
  if (datasets.length === 0) {
    return { contracts: [], findings: [fileFinding(folder, 'a folder with a contract in it')] };
  }
  const contracts: Contract[] = [];
  const findings: Finding[] = [];
  const tablesTaken = new Map<string, string>();
  for (const dataset of datasets) {
    const file = join(folder, dataset, contractFile);
    if (!existsSync(file)) {
      findings.push(fileFinding(file, 'the contract of the dataset'));
      continue;
    }
    const transformFile = join(folder, dataset, 'transform.sql');
    const yaml = readText(file, findings);
    const transform = existsSync(transformFile) ? readText(transformFile, findings) : null;
    if (yaml === undefined || transform === undefined) continue;
    const compiled = compileContract({ dataset, file, yaml, transform, tablesTaken });
    findings.push(...compiled.findings);
    if (compiled.contract === null) continue;
    tablesTaken.set(compiled.contract.table, dataset);
    contracts.push(compiled.contract);
  }
  return { contracts, findings };
}

/** The text of a file; where it is not UTF-8, a finding of its first line that is not. */
function readText(file: string, findings: Finding[]): string | undefined {
  const bytes = readFileSync(file);
  if (isUtf8(bytes)) return bytes.toString('utf8');
  const lines = bytes.toString('latin1').split('\n');
  const line = 1 + lines.findIndex((text) => !isUtf8(Buffer.from(text, 'latin1')));
  findings.push({
    ...fileFinding(file, 'text in UTF-8'),
    line,
    found: 'bytes that are none',
    remedy: 'Save the file as UTF-8.',
  });
  return undefined;
}

function fileFinding(file: string, expected: string): Finding {
  return {
    file,
    line: 1,
    column: 1,
    path: '',
    expected,
    found: 'none',
    remedy: `Create <dataset>/${contractFile}; docs/adding-a-dataset.md shows how.`,
  };
}
