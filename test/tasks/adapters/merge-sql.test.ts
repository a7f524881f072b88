import { costliestStatement, mergeScript } from '../../../tasks/adapters/merge-sql.ts';
import { mergeBytes } from '../../../tasks/core/contract/check-width.ts';
import { contractOf } from '../../fakes/samples.ts';

/** BigQuery: "Quotas and limits", query jobs. */
const LONGEST_QUERY_BYTES = 1024 * 1024;

test.each(['merge', 'append', 'replace'] as const)('fits one query for 5,000 columns: %s', (mode) => {
  const columns = Array.from({ length: 5000 }, (_, index) => ({
    name: `column_number_${String(index).padStart(6, '0')}`,
    source: 'source',
    type: { kind: 'string' as const },
    required: true,
    unique: false,
    description: '',
    format: null,
    rules: {},
  }));
  const merge = {
    contract: contractOf({
      columns,
      key: mode === 'merge' ? ['column_number_000000'] : [],
      write: { mode, orderBy: null },
    }),
    target: { dataset: 'd', table: 't' },
    staging: { dataset: 'd', table: 's' },
    ledger: { dataset: 'd', table: 'l' },
    runId: 'R1',
    attempt: 1,
    expectedRows: 1,
    uploadIds: ['u'],
    range: null,
    otherColumns: [],
    estimatedBytes: 0,
  };
  const nameOf = ({ dataset, table }: { dataset: string; table: string }) => `\`${dataset}.${table}\``;
  expect(Buffer.byteLength(mergeScript(merge, nameOf).sql)).toBeLessThan(LONGEST_QUERY_BYTES);
  expect(Buffer.byteLength(costliestStatement(merge, nameOf).sql)).toBeLessThan(LONGEST_QUERY_BYTES);
});

test.each(['merge', 'append', 'replace'] as const)('needs what a check of the contract says: %s', (mode) => {
  const column = (name: string, kind: 'string' | 'time') => ({
    name,
    source: 'source',
    type: { kind },
    required: true,
    unique: false,
    description: '',
    format: null,
    rules: {},
  });
  const bytesWith = (columns: ReturnType<typeof column>[], key: string[]): [real: number, told: number] => {
    const contract = contractOf({ columns, key, write: { mode, orderBy: null } });
    const merge = {
      contract,
      target: { dataset: 'd', table: 't' },
      staging: { dataset: 'd', table: 's' },
      ledger: { dataset: 'd', table: 'l' },
      runId: 'R1',
      attempt: 1,
      expectedRows: 1,
      uploadIds: ['u'],
      range: null,
      otherColumns: [],
      estimatedBytes: 0,
    };
    return [mergeScript(merge, ({ table }) => table).sql.length, mergeBytes(contract)];
  };
  const key = [column('k', 'string')];
  const [bare, toldOfBare] = bytesWith(key, ['k']);
  const kinds = Array.from({ length: 50 }, (_, at) => [column(`s${at}`, 'string'), column(`t${at}`, 'time')]);
  const more = [...kinds.flat(), ...Array.from({ length: 50 }, (_, at) => column(`k${at}`, 'string'))];
  const [wide, toldOfWide] = bytesWith([...key, ...more], ['k', ...more.slice(100).map(({ name }) => name)]);
  expect(wide - bare).toBeLessThanOrEqual(toldOfWide - toldOfBare);
  expect(bare).toBeLessThan(10_000);
});
