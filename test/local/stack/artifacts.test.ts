import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileContracts } from '../../../local/stack/artifacts.ts';

it('tells each finding of a wrong contract once, and what to do', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'contracts-'));
  try {
    const datasets = join(folder, 'datasets');
    mkdirSync(join(datasets, 'orders'), { recursive: true });
    const file = join(datasets, 'orders/contract.odcs.yaml');
    writeFileSync(file, 'kind: nothing\n');
    const failure = await compileContracts(datasets, join(folder, 'out')).catch((error: Error) => error);
    const lines = (failure as Error).message.split('\n');
    const findings = lines.slice(0, -2);
    expect(findings.length).toBeGreaterThan(0);
    expect(findings.every((line) => line.startsWith(`${file}:`))).toBe(true);
    expect(new Set(findings).size).toBe(findings.length);
    expect(lines.slice(-2)).toEqual([
      `${findings.length} to fix`,
      `No contract of ${datasets} was deployed; run \`make up\` again when all are valid.`,
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
