import { type Finding, formatFinding } from '../tasks/core/contract/finding.ts';

/** Prints findings on standard error as compilers do; whether there were any. */
export function reportFindings(findings: readonly Finding[]): boolean {
  for (const finding of findings) process.stderr.write(`${formatFinding(finding)}\n`);
  if (findings.length > 0) process.stderr.write(`${findings.length} to fix\n`);
  return findings.length > 0;
}
