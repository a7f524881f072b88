import { showTable } from '../../cli/show-table.ts';

test("a file's name cannot steer the terminal that lists it", () => {
  const name = 'a\u001b]0;owned\u0007\u009b2J\r\nflights/b\u202evsc.é 日.csv';
  expect(
    showTable([
      ['FILE', 'ROWS'],
      [name, '1'],
    ]).split('\n'),
  ).toEqual([
    expect.stringMatching(/^FILE +ROWS$/),
    'a\\u001b]0;owned\\u0007\\u009b2J\\u000d\\u000aflights/b\\u202evsc.é 日.csv  1',
    '',
  ]);
});

test('each column is as wide as its widest cell', () => {
  const rows = [
    ['FILE', 'ROWS', 'STATUS'],
    ['january.csv', '1', 'LOADED'],
    ['a.csv', '1000000', ''],
  ];
  expect(showTable(rows)).toBe(
    'FILE         ROWS     STATUS\njanuary.csv  1        LOADED\na.csv        1000000\n',
  );
});
