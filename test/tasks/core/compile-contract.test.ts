import { compileContract } from '../../../tasks/core/contract/compile-contract.ts';
import { formatFinding } from '../../../tasks/core/contract/finding.ts';

/** A contract without a flaw; each case below changes one place of it. */
const sound = `apiVersion: v3.1.0
kind: DataContract
id: urn:test:sales
name: sales
version: 1.0.0
status: active
schema:
  - name: sales
    properties:
      - name: id
        logicalType: integer
        required: true
        primaryKey: true
      - name: sold_on
        logicalType: date
      - name: price
        logicalType: number
        physicalType: decimal(12,2)
        logicalTypeOptions: {minimum: 0, maximum: 10}
      - name: weight
        logicalType: number
        physicalType: double
      - name: code
        logicalType: string
        logicalTypeOptions: {minLength: 1}
      - name: changed_at
        logicalType: timestamp
        logicalTypeOptions: {format: "yyyy-MM-dd HH:mm:ss"}
      - name: opens
        logicalType: time
    quality:
      - {name: paid, type: custom, engine: tidegate, implementation: "price > 0"}
      - {name: some_rows, type: custom, engine: tidegate, implementation: {table: rows, mustBeGreaterThan: 0}}
slaProperties:
  - {property: latency, value: 30, unit: m}
customProperties:
  - {property: csv, value: {delimiter: ",", nulls: [""]}}
  - {property: write, value: {mode: merge, orderBy: changed_at}}
  - {property: quarantine, value: {maxShare: 0.05}}
`;

const compile = (yaml: string, transform: string | null = null) =>
  compileContract({ dataset: 'sales', file: 'contract.yaml', yaml, transform, tablesTaken: new Map() });

/** The contract with one text put for another, which it must have once. */
function changed(from: string, to: string): string {
  if (sound.split(from).length !== 2) throw new Error(`not once in the contract: ${from}`);
  return sound.replace(from, () => to);
}

const soldOn = '      - name: sold_on\n        logicalType: date';
const codeOptions = 'logicalTypeOptions: {minLength: 1}';
const rowRule = 'implementation: "price > 0"';
const tableRule = 'implementation: {table: rows, mustBeGreaterThan: 0}';
const csv = '{delimiter: ",", nulls: [""]}';
const priceOptions = '{minimum: 0, maximum: 10}';

/** What is put for what, and the finding that must come: its place in the text and what it says. */
const wrong: readonly (readonly [string, string, string, string])[] = [
  [
    'apiVersion: v3.1.0',
    'apiVersion: v2.2.0',
    '1:13',
    'expected one of v3.1.0, v3.0.2, v3.0.1, v3.0.0, found "v2.2.0"',
  ],
  ['kind: DataContract', 'kind: DataProduct', '2:7', 'expected DataContract, found "DataProduct"'],
  ['id: urn:test:sales\n', '', '1:1', 'expected the key id, found none'],
  ['name: sales\nversion', 'name: sale\nversion', '4:7', 'expected sales, found "sale"'],
  ['version: 1.0.0', 'version: 1.0', '5:10', 'expected text, found the number 1.0'],
  ['status: active\n', '', '1:1', 'expected the key status, found none'],
  ['status: active', 'state: active', '6:1', 'expected a known key, found "state"'],
  [
    'status: active',
    'status: [active',
    '7:1',
    'expected a YAML document, found an error: flow sequence in block collection must',
  ],
  [
    '  - name: sales\n    properties',
    '  - name: Sales\n    properties',
    '8:11',
    'expected a table name of at most 128 of a-z',
  ],
  [
    '    quality:\n',
    '    physicalName: other\n    quality:\n',
    '31:19',
    'expected the table\'s name (sales), found "other"',
  ],
  [
    '    quality:\n',
    '    customProperties: [{property: csv, value: {}}]\n    quality:\n',
    '31:24',
    'expected no custom property here',
  ],
  ['logicalType: date', 'logicalType: array', '15:22', 'expected a type of single values'],
  ['logicalType: date', 'logicalType: object', '15:22', 'expected a type of single values'],
  [
    'logicalType: date',
    'logicalType: dat',
    '15:22',
    'expected one of string, integer, number, boolean, date, timestamp, time, found "dat". Did you mean date?',
  ],
  ['        logicalType: date\n', '', '14:9', 'expected the key logicalType, found none'],
  ['name: sold_on', 'name: sold on', '14:15', 'expected a name of at most 128 letters, digits and _'],
  ['name: sold_on', 'name: _row', '14:15', 'expected a name that does not begin with _'],
  [
    'name: sold_on',
    'name: ID',
    '14:15',
    'expected names that differ by more than case, found "ID" beside "id"',
  ],
  ['name: sold_on', 'name: sold_on\n        logicaltype: x', '15:9', 'Did you mean logicalType?'],
  [
    'name: sold_on',
    'name: sold_on\n        source: Sold on',
    '15:9',
    'expected a known key, found "source". Write it under customProperties: {property: source, value: ...}.',
  ],
  ['        physicalType: double\n', '', '20:9', 'expected a physicalType for a number, found none'],
  ['physicalType: double', 'physicalType: float', '22:23', 'expected decimal(p,s) or double, found "float"'],
  ['physicalType: decimal(12,2)', 'physicalType: decimal(39,2)', '18:23', 'expected a precision of 1 to 38'],
  ['physicalType: decimal(12,2)', 'physicalType: decimal(2,3)', '18:23', 'expected a precision of 1 to 38'],
  [
    'logicalType: date',
    'logicalType: date\n        physicalType: varchar',
    '16:23',
    'expected date, or no physicalType',
  ],
  [
    'logicalType: date',
    'logicalType: date\n        required: "yes"',
    '16:19',
    'expected true or false, found "yes"',
  ],
  ['required: true', 'required: false', '10:9', 'expected required: true for a column of the key'],
  ['        primaryKey: true\n', '', '37:30', 'expected a primaryKey to merge by, found none'],
  [
    'name: weight',
    'primaryKey: true\n        required: true\n        name: weight',
    '20:9',
    'for a column of the key, found double',
  ],
  [
    'name: sold_on',
    'primaryKeyPosition: 1\n        name: sold_on',
    '14:29',
    'expected no position, found the number 1',
  ],
  [
    'primaryKey: true',
    'primaryKey: true\n        primaryKeyPosition: 0',
    '14:29',
    'expected a position from 1 on',
  ],
  ['name: weight', 'partitioned: true\n        name: weight', '20:22', 'to partition by, found double'],
  [priceOptions, '{minimum: 11, maximum: 10}', '19:39', 'expected less than maximum (10), found 11'],
  [priceOptions, '{minimum: 0.001}', '19:39', 'expected a value of decimal(12,2), found the number 0.001'],
  [priceOptions, '{minimum: "0"}', '19:39', 'expected a number in plain decimals, found "0"'],
  [priceOptions, '{multipleOf: 0}', '19:42', 'expected a number above 0'],
  [priceOptions, '{minLength: 1}', '19:30', 'expected a known key, found "minLength"'],
  [
    'physicalType: double',
    'physicalType: double\n        logicalTypeOptions: {multipleOf: 0.1}',
    '23:42',
    'expected an exact type for multipleOf',
  ],
  [
    'logicalType: integer',
    'logicalType: integer\n        logicalTypeOptions: {minimum: 0.5}',
    '12:39',
    'expected a whole number of 64 bits',
  ],
  [
    'logicalType: integer',
    'logicalType: integer\n        logicalTypeOptions: {format: u64}',
    '12:38',
    'expected one of i8, i16',
  ],
  [
    'logicalType: date',
    'logicalType: date\n        logicalTypeOptions: {minimum: "2023-02-30"}',
    '16:39',
    'expected a date such as',
  ],
  [
    'logicalType: date',
    'logicalType: date\n        logicalTypeOptions: {format: YYYY-MM-dd}',
    '16:38',
    'found Y in "YYYY-MM-dd"',
  ],
  [
    'logicalType: date',
    'logicalType: date\n        logicalTypeOptions: {format: yyyy-mm-dd}',
    '16:38',
    'expected year, month and day',
  ],
  [
    'logicalType: date',
    'logicalType: date\n        logicalTypeOptions: {format: DD.MM.yyyy}',
    '16:38',
    'expected dd for the day beside a month, found DD in "DD.MM.yyyy". Write dd: D is the day of the year.',
  ],
  [
    'logicalType: date',
    'logicalType: date\n        customProperties: [{property: format, value: "yyyy[ D]-L-d"}]',
    '16:54',
    'expected dd for the day beside a month, found D in',
  ],
  [
    'logicalType: date',
    'logicalType: date\n        logicalTypeOptions: {format: dd.MM.yy}',
    '16:38',
    'expected a year of four digits, found yy in "dd.MM.yy". Two digits do not say the century',
  ],
  [
    'logicalType: date',
    'logicalType: date\n        logicalTypeOptions: {format: ddd.MM.yyyy}',
    '16:38',
    'expected as many letters as Spark reads, found ddd in "ddd.MM.yyyy"',
  ],
  [
    '"yyyy-MM-dd HH:mm:ss"',
    '"yyyy-MM-dd HH:MM"',
    '28:38',
    'expected every part of a date or time once, found a second MM in "yyyy-MM-dd HH:MM". Write mm for minutes',
  ],
  ['"yyyy-MM-dd HH:mm:ss"', '"yyyy-MM-dd mm:ss"', '28:38', 'expected an hour, found mm'],
  ['"yyyy-MM-dd HH:mm:ss"', '"yyyy-MM-dd HH:ss"', '28:38', 'expected minutes before seconds, found ss'],
  [
    '"yyyy-MM-dd HH:mm:ss"',
    '"yyyy-MM-dd HH:mm:SS"',
    '28:38',
    'expected seconds before their fraction, found SS in "yyyy-MM-dd HH:mm:SS"',
  ],
  ['"yyyy-MM-dd HH:mm:ss"', '"yyyy-MM-dd hh:mm:ss"', '28:38', 'expected a mark of morning or afternoon'],
  [
    '"yyyy-MM-dd HH:mm:ss"',
    '"yyyy-MM-dd HH:mm:ss.SSSSSSSSS"',
    '28:38',
    'expected at most 6 digits of a second',
  ],
  [
    '"yyyy-MM-dd HH:mm:ss"',
    '"yyyy-MM-dd \'T"',
    '28:38',
    'expected a datetime pattern with its quotes and brackets closed',
  ],
  [
    'logicalType: time\n',
    'logicalType: time\n        logicalTypeOptions: {format: "HH:mm X"}\n',
    '31:38',
    'expected no zone',
  ],
  [
    'logicalType: time\n',
    'logicalType: time\n        logicalTypeOptions: {timezone: true}\n',
    '31:40',
    'expected no zone for a time of day',
  ],
  [
    codeOptions,
    'logicalTypeOptions: {minLength: 5, maxLength: 2}',
    '25:41',
    'expected at most maxLength (2)',
  ],
  [codeOptions, 'logicalTypeOptions: {minLength: -1}', '25:41', 'expected a whole number of 0 or more'],
  [codeOptions, 'logicalTypeOptions: {pattern: "[a"}', '25:39', 'expected a regular expression (ECMAScript)'],
  [codeOptions, 'logicalTypeOptions: {pattern: "[a[b]]"}', '25:39', 'expected a regular expression'],
  [codeOptions, "logicalTypeOptions: {pattern: '\\p{Alpha}'}", '25:39', 'found \\p{Alpha} in'],
  [codeOptions, "logicalTypeOptions: {pattern: '[\\P{Letter}]'}", '25:39', 'found \\P{Letter} in'],
  [codeOptions, "logicalTypeOptions: {pattern: '\\p{Script=Latin}'}", '25:39', 'found \\p{Script=Latin} in'],
  [codeOptions, "logicalTypeOptions: {pattern: 'a\\v'}", '25:39', 'found \\v in'],
  [codeOptions, "logicalTypeOptions: {pattern: '[\\0]'}", '25:39', 'found \\0 in'],
  [codeOptions, "logicalTypeOptions: {pattern: '[\\b]'}", '25:39', 'found \\b inside a class in'],
  [codeOptions, "logicalTypeOptions: {pattern: '(?<$n>a)'}", '25:39', 'found a group name of other signs in'],
  [codeOptions, 'logicalTypeOptions: {format: phone}', '25:38', 'expected one of uuid, email'],
  [
    codeOptions,
    'quality: [{metric: invalidValues, mustBe: 0, arguments: {validValues: [a, a]}}]',
    '25:83',
    'expected every value once',
  ],
  [
    codeOptions,
    'quality: [{metric: invalidValues, mustBe: 0, arguments: {validValues: [""]}}]',
    '23:9',
    'expected valid values that can be read',
  ],
  [codeOptions, 'quality: [{metric: nullValues, mustBe: 0}]', '25:28', 'Write required: true at the column'],
  [
    codeOptions,
    'quality: [{metric: invalidValues, mustBe: 1, arguments: {validValues: [a]}}]',
    '25:51',
    'expected 0',
  ],
  [
    codeOptions,
    'customProperties: [{property: sauce, value: x}]',
    '25:39',
    'expected one of source, format, derived',
  ],
  [
    codeOptions,
    'customProperties: [{property: derived, value: true}]',
    '23:9',
    'expected a transform.sql that fills a derived column',
  ],
  [
    codeOptions,
    'customProperties: [{property: source, value: price}]',
    '25:54',
    'expected a column of the CSV for each column',
  ],
  [rowRule, 'implementation: ""', '32:70', 'expected a row predicate in SQL, found nothing'],
  [
    rowRule,
    'implementation: "prize > 0"',
    '32:70',
    'expected columns that come from the CSV, found "prize". Did you mean price?',
  ],
  [rowRule, 'implementation: "(price > 0"', '32:70', 'expected as many ( as ), found a ( left open'],
  [
    rowRule,
    'implementation: "price > "',
    '32:70',
    'expected a value on both sides of an operator, found > at an end',
  ],
  ...[
    ['price > > 0', '> >'],
    ['price === 0', '== ='],
    ['price >= /weight', '>= /'],
    ['(price > ) or weight > 0', '> )'],
    ['abs(price -, 1) > 0', '- ,'],
  ].map(
    ([rule, gap]) =>
      [
        rowRule,
        `implementation: "${rule}"`,
        '32:70',
        `expected a value on both sides of an operator, found ${gap}. Complete`,
      ] as const,
  ),
  [rowRule, 'implementation: "code = \'a"', '32:70', 'expected every quote closed'],
  [
    rowRule,
    'implementation: "price > 0; drop table x"',
    '32:70',
    'expected one condition in SQL, found ; in it',
  ],
  [
    rowRule,
    'implementation: "price > avg(price)"',
    '32:70',
    'expected a condition on one row, found avg(...)',
  ],
  [
    rowRule,
    'implementation: "id in (select id from x)"',
    '32:70',
    'expected a condition on one row, found select',
  ],
  [
    rowRule,
    'implementation: "exists (select id from x)"',
    '32:70',
    'expected a condition on one row, found exists',
  ],
  [
    rowRule,
    'implementation: "exists(array(price), one -> prize > one)"',
    '32:70',
    'expected columns that come from the CSV, found "prize". Did you mean price?',
  ],
  [
    rowRule,
    'implementation: "sold_on < current_date"',
    '32:70',
    'expected a condition that is always the same for a row',
  ],
  [
    '{name: paid, type: custom, engine: tidegate,',
    '{name: paid, type: custom, engine: soda,',
    '32:44',
    'expected tidegate, found "soda"',
  ],
  [
    '{name: paid, type: custom, engine: tidegate,',
    '{type: custom, engine: tidegate,',
    '32:9',
    'expected the key name, found none',
  ],
  ['{name: paid,', '{name: some_rows,', '33:108', 'expected a rule name of its own'],
  [
    '      - {name: some_rows,',
    '      - {name: some_rows, type: custom, engine: tidegate, implementation: {table: rows, mustBe: 1}}\n      - {name: some_rows,',
    '34:108',
    'expected a rule name of its own',
  ],
  ['{name: paid,', '{name: paid, severity: warning,', '32:32', 'expected error, found "warning"'],
  [
    '{name: paid,',
    '{name: paid, mustBeLessThan: 5,',
    '32:38',
    'expected nothing beside the implementation, found mustBeLessThan',
  ],
  ['{name: paid,', '{name: paid, metric: rowCount,', '32:30', 'expected nothing beside the implementation'],
  [
    '{name: paid,',
    '{metric: rowCount, mustBe: 5, unit: percent}\n      - {name: paid,',
    '32:45',
    'expected rows, found "percent"',
  ],
  [
    '{name: paid,',
    '{metric: rowCount, mustBe: 5, arguments: {x: 1}}\n      - {name: paid,',
    '32:50',
    'expected no arguments',
  ],
  ['orderBy: changed_at', 'orderBy: *newest', '38:53', 'expected an anchor &newest before it, found none'],
  ['id: urn:test:sales', 'id: *none', '3:5', 'expected an anchor &none before it, found none'],
  [
    'value: {maxShare: 0.05}}\n',
    'value: {maxShare: 0.05}}\n---\n',
    '40:1',
    'expected one YAML document, found a second',
  ],
  [
    '{name: paid, type: custom, engine: tidegate, implementation: "price > 0"}',
    '{type: sql, query: "select 1", mustBe: 1}',
    '32:9',
    'expected a row predicate, found an SQL query',
  ],
  [tableRule, 'implementation: {table: rows}', '33:75', 'expected an operator, found none'],
  [tableRule, 'implementation: {table: rows, mustBe: -1}', '33:97', 'expected a count'],
  [
    tableRule,
    'implementation: {table: rows, mustBeBetween: [5, 1]}',
    '33:104',
    'expected the smaller number first',
  ],
  [tableRule, 'implementation: {table: rows, mustNotBe: 0}', '33:100', 'Say what must be.'],
  [tableRule, 'implementation: {table: columns, mustBe: 1}', '33:83', 'expected one of rows, freshness'],
  ['unit: m', 'unit: fortnight', '35:42', 'expected a unit of time'],
  ['value: 30', 'value: 0', '35:32', 'expected a number above 0'],
  [csv, '{delimiter: ";;"}', '37:40', 'expected one character that is no line end'],
  [csv, '{delimiter: "\\""}', '37:40', 'expected a quote that is not the delimiter'],
  [csv, '{encoding: UTF8}', '37:39', 'Did you mean UTF-8?'],
  [csv, '{nulls: ["a,b"]}', '37:37', 'expected a text that fits into an unquoted field'],
  [csv, '{nulls: [\'""\']}', '37:37', 'expected a text that fits into an unquoted field'],
  [csv, '{skipRows: -1}', '37:39', 'expected a count of lines'],
  [csv, '{quote: null, escape: "\\\\"}', '37:50', 'expected no escape where there is no quote'],
  [csv, '{escape: ","}', '37:37', 'expected an escape that is not the delimiter'],
  [csv, '{comment: ","}', '37:38', 'expected a comment that is not the delimiter'],
  [csv, '{seperator: ";"}', '37:29', 'expected a known key, found "seperator"'],
  [
    'status: active',
    'status: active\nengine: glue',
    '7:1',
    'Write it under customProperties: {property: engine, value: ...}.',
  ],
  ['mode: merge', 'mode: upsert', '38:37', 'expected one of merge, append, replace'],
  ['orderBy: changed_at', 'orderBy: change_at', '38:53', 'Did you mean changed_at?'],
  ['orderBy: changed_at', 'orderBy: weight', '38:53', 'to order by, found double'],
  [
    '{mode: merge, orderBy: changed_at}',
    '{mode: append, orderBy: changed_at}',
    '38:54',
    'expected no orderBy unless the mode is merge',
  ],
  ['maxShare: 0.05', 'maxShare: 5', '39:46', 'expected a share from 0 to 1'],
  ['property: quarantine', 'property: quarantaine', '39:16', 'Did you mean quarantine?'],
  ['property: quarantine', 'property: csv', '39:16', 'expected csv once'],
  [
    '{property: quarantine, value: {maxShare: 0.05}}',
    '{property: engine, value: spark}',
    '39:31',
    'expected one of auto, emr, glue',
  ],
  [
    '{property: quarantine, value: {maxShare: 0.05}}',
    '{property: export, value: [json]}',
    '39:32',
    'expected csv, found "json"',
  ],
  [
    '{property: quarantine, value: {maxShare: 0.05}}',
    '{property: maxCostPerRunUsd, value: 0}',
    '39:41',
    'expected a price above 0',
  ],
  [
    '{property: quarantine, value: {maxShare: 0.05}}',
    '{property: batch, value: {maxUploads: 501}}',
    '39:43',
    'expected a whole number from 1 to 500',
  ],
  [
    '{property: quarantine, value: {maxShare: 0.05}}',
    '{property: batch, value: {maxBytes: 0}}',
    '39:41',
    'expected a number of bytes above 0',
  ],
  [
    '{property: quarantine, value: {maxShare: 0.05}}',
    '{property: references, value: [{name: upload, location: a/, format: csv}]}',
    '39:43',
    'expected a name of its own',
  ],
  [
    '{property: quarantine, value: {maxShare: 0.05}}',
    '{property: references, value: [{name: a, location: "s3://b/a", format: csv}]}',
    '39:56',
    'expected a key prefix of the second source bucket',
  ],
  [
    soldOn,
    '      - {name: a, logicalType: date, partitioned: true}\n      - {name: b, logicalType: timestamp, partitioned: true}',
    '15:56',
    'expected one date or timestamp to partition by, found a second one',
  ],
  [
    soldOn,
    ['a', 'b', 'c', 'd', 'e']
      .map((name) => `      - {name: ${name}, logicalType: string, partitioned: true}`)
      .join('\n'),
    '18:53',
    'expected at most 4 columns beside the date, found one more',
  ],
  [
    soldOn,
    '      - {name: a, logicalType: date, partitioned: true, partitionKeyPosition: 1}\n      - {name: b, logicalType: string, partitioned: true}',
    '15:53',
    'expected a partitionKeyPosition, found none',
  ],
  [
    soldOn,
    '      - {name: a, logicalType: date, required: true, primaryKey: true, primaryKeyPosition: 1}',
    '13:21',
    'expected a primaryKeyPosition, found none',
  ],
  [
    soldOn,
    '      - {name: a, logicalType: date, partitioned: true, partitionKeyPosition: 2}\n      - {name: b, logicalType: string, partitioned: true, partitionKeyPosition: 2}',
    '15:81',
    'expected a position of its own, found 2 again',
  ],
];

describe('a wrong contract', () => {
  test.each(wrong)('%j made %j', (from, to, place, message) => {
    const { contract, findings } = compile(changed(from, to));
    expect(contract).toBeNull();
    const lines = findings.map(formatFinding);
    expect(lines).toContainEqual(expect.stringContaining(message));
    expect(lines.filter((line) => line.includes(message))).toEqual([
      expect.stringMatching(new RegExp(`^contract\\.yaml:${place}: `)),
    ]);
  });
});

test.each([
  [
    codeOptions,
    'quality: [{metric: invalidValues, mustBe: 0, arguments: {validValues: offen}}]',
    '25:79',
    'found "offen". Write a list: [a, b].',
  ],
  [
    tableRule,
    'implementation: {table: rows, mustBeBetween: 5}',
    '33:104',
    'found the number 5. Write [least, greatest].',
  ],
  [csv, '{nulls: NA}', '37:36', 'found "NA". Write a list: [a, b].'],
  ['    properties:\n', '    properties: id\n    tags:\n', '9:17', 'found "id". Write a list: [a, b].'],
  ['schema:\n', 'schema: sales\ntags:\n', '7:9', 'found "sales". Write a list with the one table.'],
])('%j made %j, which is no list, is one mistake', (from, to, place, told) => {
  const [line, ...more] = compile(changed(from, to)).findings.map(formatFinding);
  expect(line).toMatch(new RegExp(`^contract\\.yaml:${place}: .*: expected a list, `));
  expect(line).toContain(told);
  expect(more).toEqual([]);
});

test('a sound contract compiles', () => {
  expect(compile(sound).findings).toEqual([]);
});

test.each(['v3.0.0', 'v3.0.1', 'v3.0.2'])('a contract of ODCS %s means the same', (apiVersion) => {
  const yaml = sound.replace(
    '{name: paid,',
    '{metric: rowCount, mustBeGreaterThan: 5}\n      - {name: paid,',
  );
  const older = yaml.replace('v3.1.0', apiVersion).replace('metric: rowCount', 'rule: rowCount');
  const { contract } = compile(yaml);
  expect(contract?.tableRules).toContainEqual(expect.objectContaining({ name: 'row_count', value: 5 }));
  expect(compile(older)).toEqual({ contract, findings: [] });
});

test('columns that BigQuery cannot have, or a merge cannot name, are told', () => {
  const wide = (count: number, name: string, deliver: string): string[] => {
    const columns = Array.from(
      { length: count },
      (_, at) => `      - {name: ${name}${at}, logicalType: string}\n`,
    );
    const property = `  - {property: deliver, value: ${deliver}}\n`;
    const yaml = changed('    quality:\n', `${columns.join('')}    quality:\n`) + property;
    return compile(yaml).findings.map(formatFinding);
  };
  expect(wide(9988, 'c', 'bigquery')).toEqual([]);
  expect(wide(9989, 'c', 'bigquery')).toEqual([
    expect.stringMatching(/^contract.yaml:8:11: .*: expected at most 9995 columns, found 9996\. /),
  ]);
  expect(wide(9000, 'a_name_of_24_letters__', 'bigquery')).toEqual([
    expect.stringMatching(/^contract.yaml:8:11: .*: expected columns that a merge can name in 950000 bytes/),
  ]);
  expect(wide(9989, 'c', 'none')).toEqual([]);
}, 60_000);

test.each([
  ['logicalTypeOptions: {minLength: 1}', 'minLength'],
  ['unique: true', 'unique'],
  ['quality: [{metric: invalidValues, mustBe: 0, arguments: {validValues: [a]}}]', 'enumeration'],
])('a derived column has no rule that nobody would ask: %s', (rule, found) => {
  const yaml = changed(codeOptions, `customProperties: [{property: derived, value: true}]\n        ${rule}`);
  expect(compile(yaml, 'select * from upload').findings.map(formatFinding)).toEqual([
    expect.stringMatching(
      `^contract.yaml:23:9: .*: expected no rule but required on a derived column, found ${found}\\.`,
    ),
  ]);
});

test('the stable ids of ODCS change nothing', () => {
  const yaml = sound
    .replace('  - name: sales\n', '  - id: table\n    name: sales\n')
    .replace('- name: code', '- id: code_col\n        name: code')
    .replace('{name: paid,', '{id: paid_rule, name: paid,')
    .replace('{property: latency,', '{id: sla, property: latency,')
    .replace('{property: csv,', '{id: dialect, property: csv,');
  expect(compile(yaml)).toEqual(compile(sound));
});

test.each([
  'dd/MM/yyyy HH:mm',
  "d. LLLL y 'um' H 'Uhr'",
  'yyyyDDD h:mm a',
  '[yyyy-MM-dd][dd.MM.yyyy][yyyyDDD] HH:mm[:ss][.SSSSSS]',
  'yyyy-MM-dd HH:mm:ss[XXX][VV]',
])('the datetime pattern %s is one', (format) => {
  const yaml = changed('"yyyy-MM-dd HH:mm:ss"', JSON.stringify(format));
  expect(compile(yaml).findings.map(formatFinding)).toEqual([]);
});

test('a bound is looked at beside a type that is none', () => {
  const { findings } = compile(
    changed('decimal(12,2)', 'decimal(50,2)').replace(priceOptions, '{minimum: abc}'),
  );
  expect(findings.map(({ line, expected }) => [line, expected])).toEqual([
    [18, 'a precision of 1 to 38 and a scale of at most the precision'],
    [19, 'a number in plain decimals'],
  ]);
});

test('a column that cannot be read is missed by nothing that names it', () => {
  const { findings } = compile(
    changed('logicalType: number\n        physicalType: decimal(12,2)', 'logicalType: decimal'),
  );
  expect(findings.map(formatFinding)).toEqual([
    expect.stringMatching(
      /^contract\.yaml:\d+:\d+: schema\[0\]\.properties\[2\]\.logicalType: expected one of/,
    ),
  ]);
});

test('every mistake is told, in the order of the text', () => {
  const { findings } = compile(changed('mode: merge', 'mode: upsert').replace('status: active', 'status: 1'));
  expect(findings.map(({ line }) => line)).toEqual([6, 38]);
});

test('what a contract leaves out takes its default', () => {
  const { contract } = compile(sound.slice(0, sound.indexOf('slaProperties')));
  expect(contract).toMatchObject({
    csv: {
      delimiter: ',',
      quote: '"',
      escape: '"',
      encoding: 'UTF-8',
      header: true,
      nulls: [''],
      multiLine: false,
    },
    write: { mode: 'merge', orderBy: null },
    unknownColumns: 'reject',
    quarantineMaxShare: 0.05,
    engine: 'auto',
    batch: { maxUploads: 200, maxBytes: 50_000_000_000 },
    deliver: 'bigquery',
    export: [],
    latencySeconds: 3600,
  });
});

test('bounds stay exact', () => {
  const { contract } = compile(
    changed('decimal(12,2)', 'decimal(38,9)').replace(
      priceOptions,
      '{maximum: 99999999999999999999999999999.999999999}',
    ),
  );
  expect(contract?.columns[2]?.rules.maximum).toBe('99999999999999999999999999999.999999999');
});

test.each([
  'price > 0',
  "  price between 0 and 10 and not (weight is null or code like 'a%')",
  'PRICE * 2 <= `weight` + 1.5e3 and code in (\'x\', "y\\"z")',
  "case when code = 'it''s; -- no comment' then price > 0 else true end",
  "cast(code as decimal(12,2)) = price and length(code) > 2 and code rlike '^[a(]'",
  "sold_on >= date '2020-01-01' + interval 3 days",
  'code[0] is null',
  '!(price > 0)',
  "cast(split(code, ',') as array<int>)[0] > 0 or cast(code as map<int, array<int> >) is null",
  'price > -weight and price - +1 <> ~2',
  'price !> 5 and price!<0 or price>>1 > 0',
  'forall(array(price), weight -> weight > 0) and round(price, weight => 1) >= 0',
  '-price < 5.',
  "exists(split(code, ';'), part -> part = 'a') or forall(array(price), amount -> amount > 0)",
  'aggregate(array(price, weight), 0D, (total, one) -> total + one) < 5',
  "size(filter(split(code, ','), part -> length(part) > 3)) = 0",
])('the predicate %s is one', (predicate) => {
  const yaml = sound.replace('"price > 0"', () => JSON.stringify(predicate));
  expect(compile(yaml).findings.map(formatFinding)).toEqual([]);
});

test('a rule cannot ask for what transform.sql makes later', () => {
  const yaml = changed(codeOptions, 'customProperties: [{property: derived, value: true}]').replace(
    '"price > 0"',
    '"code > 0"',
  );
  expect(compile(yaml, 'select * from upload').findings.map(({ line, found }) => [line, found])).toEqual([
    [32, '"code"'],
  ]);
});

test('the key and the partitioning are in the order of their positions, else of the text', () => {
  const withColumns = (...columns: string[]) =>
    compile(changed(soldOn, columns.map((column) => `      - {${column}}`).join('\n'))).contract;
  const [day, region] = ['name: day, logicalType: date', 'name: region, logicalType: string'];
  const member = 'required: true, primaryKey: true, partitioned: true';
  expect(withColumns(`${day}, ${member}`, `${region}, ${member}`)).toMatchObject({
    key: ['id', 'day', 'region'],
    partitionBy: ['day', 'region'],
  });
  const numbered = changed('primaryKey: true', 'primaryKey: true\n        primaryKeyPosition: 3').replace(
    soldOn,
    `      - {${day}, ${member}, primaryKeyPosition: 2, partitionKeyPosition: 2}\n` +
      `      - {${region}, ${member}, primaryKeyPosition: 1, partitionKeyPosition: 1}`,
  );
  expect(compile(numbered).contract).toMatchObject({
    key: ['region', 'day', 'id'],
    partitionBy: ['region', 'day'],
  });
});

test('a table is partitioned by one date, and by four columns beside it', () => {
  const columns = ['a', 'b', 'c', 'd'].map(
    (name) => `      - {name: ${name}, logicalType: string, partitioned: true}`,
  );
  const yaml = changed(soldOn, [...columns, `${soldOn}\n        partitioned: true`].join('\n'));
  expect(compile(yaml).findings.map(formatFinding)).toEqual([]);
});

test('at least one column comes from the CSV', () => {
  const derived = 'customProperties: [{property: derived, value: true}]';
  const columns = sound.slice(sound.indexOf('      - name: id\n'), sound.indexOf('    quality:\n'));
  const yaml = (also: string): string =>
    sound
      .slice(0, sound.indexOf('slaProperties'))
      .replace(columns, `      - {name: price, logicalType: integer, ${derived}}\n${also}`)
      .replace(/ {4}quality:[\s\S]*/, '');
  expect(compile(yaml(''), 'select 1 as price').findings.map(formatFinding)).toEqual([
    expect.stringMatching(
      /^contract\.yaml:8:11: .*: expected a column that comes from the CSV, found derived ones only\./,
    ),
  ]);
  const beside = yaml('      - {name: code, logicalType: string}\n');
  expect(compile(beside, 'select 1 as price, code from upload').findings).toEqual([]);
});

test('a column of a CSV without a header has no source', () => {
  const sourced = (source: string, header: boolean): string[] =>
    compile(
      changed(codeOptions, `customProperties: [{property: source, value: ${source}}]`).replace(
        csv,
        `{header: ${header}}`,
      ),
    ).findings.map(formatFinding);
  expect(sourced('Code', false)).toEqual([
    expect.stringMatching(/^contract\.yaml:25:54: .*: expected no source where the CSV has no header/),
  ]);
  expect(sourced('code', false)).toEqual([]);
  expect(sourced('Code', true)).toEqual([]);
});

test.each([
  ['changed_at', []],
  ['sold_on', []],
  ['id', ['found one of integer.']],
  ['code', ['found one of string.']],
  [null, ['found no orderBy.']],
])('freshness is measured by a date or timestamp of the CSV: %s', (orderBy, told) => {
  const rule =
    '      - {name: fresh, type: custom, engine: tidegate, implementation: {table: freshness, mustBeLessThan: 5, unit: h}}\n';
  const yaml = changed('slaProperties', `${rule}slaProperties`).replace(
    '{mode: merge, orderBy: changed_at}',
    orderBy === null ? '{mode: merge}' : `{mode: merge, orderBy: ${orderBy}}`,
  );
  expect(compile(yaml).findings.map(formatFinding)).toEqual(
    told.map((found) =>
      expect.stringContaining(
        `expected write.orderBy to name the CSV's date or timestamp that freshness is measured by, ${found}`,
      ),
    ),
  );
});

/** The code column, made one of another type with some options. */
const codeAs = (column: string): string =>
  changed(
    `      - name: code\n        logicalType: string\n        ${codeOptions}`,
    `      - {name: code, ${column}}`,
  );

test.each([
  [
    'logicalType: date, logicalTypeOptions: {minimum: "2012-02-29", maximum: "2012-02-29"}',
    { minimum: '2012-02-29', maximum: '2012-02-29' },
  ],
  [
    'logicalType: timestamp, logicalTypeOptions: {minimum: "2013-01-01T00:30:00.500+01:00"}',
    { minimum: '2012-12-31T23:30:00.5Z' },
  ],
  [
    'logicalType: timestamp, logicalTypeOptions: {maximum: "2013-01-31 10:00Z"}',
    { maximum: '2013-01-31T10:00:00Z' },
  ],
  [
    'logicalType: timestamp, logicalTypeOptions: {timezone: false, exclusiveMaximum: "2013-01-31 10:00:00.000"}',
    { exclusiveMaximum: '2013-01-31T10:00:00' },
  ],
  [
    'logicalType: time, logicalTypeOptions: {minimum: "10:00", exclusiveMaximum: "10:00:00.000001"}',
    { minimum: '10:00:00', exclusiveMaximum: '10:00:00.000001' },
  ],
  ['logicalType: integer, logicalTypeOptions: {format: u8}', { minimum: '0', maximum: '255' }],
  [
    'logicalType: integer, logicalTypeOptions: {format: i8, minimum: -5, maximum: 300}',
    { minimum: '-5', maximum: '127' },
  ],
  [
    'logicalType: integer, logicalTypeOptions: {minimum: -9223372036854775808, maximum: 9223372036854775807, multipleOf: 2}',
    { minimum: '-9223372036854775808', maximum: '9223372036854775807', multipleOf: '2' },
  ],
  [
    'logicalType: number, physicalType: "decimal(3,2)", logicalTypeOptions: {minimum: -9.99, exclusiveMaximum: 9.9, multipleOf: 0.05}',
    { minimum: '-9.99', exclusiveMaximum: '9.9', multipleOf: '0.05' },
  ],
  [
    'logicalType: number, physicalType: double, logicalTypeOptions: {format: f64, minimum: -0.5}',
    { minimum: '-0.5' },
  ],
  ['logicalType: string, logicalTypeOptions: {minLength: 3, maxLength: 3}', { minLength: 3, maxLength: 3 }],
  [
    'logicalType: integer, quality: [{metric: invalidValues, mustBe: 0, arguments: {validValues: [1, -2]}}]',
    { enumeration: ['1', '-2'] },
  ],
])('a column has these rules: %s', (column, rules) => {
  const { contract, findings } = compile(codeAs(column));
  expect(findings.map(formatFinding)).toEqual([]);
  expect(contract?.columns.find(({ name }) => name === 'code')?.rules).toEqual(rules);
});

test.each([
  ['logicalType: date, logicalTypeOptions: {minimum: "2013-02-30"}', 'minimum: expected a date such as'],
  [
    'logicalType: date, logicalTypeOptions: {minimum: "2013-01-02", exclusiveMaximum: "2013-01-02"}',
    'minimum: expected less than exclusiveMaximum (2013-01-02)',
  ],
  [
    'logicalType: timestamp, logicalTypeOptions: {minimum: "2013-01-31T10:00:00"}',
    'minimum: expected an instant with its zone',
  ],
  [
    'logicalType: timestamp, logicalTypeOptions: {minimum: "2013-01-31T10:00:00+99:00"}',
    'minimum: expected an instant with its zone',
  ],
  [
    'logicalType: timestamp, logicalTypeOptions: {maximum: "9999-12-31T23:59:59-01:00"}',
    'maximum: expected an instant with its zone',
  ],
  [
    'logicalType: timestamp, logicalTypeOptions: {minimum: "0001-01-01T00:00:00+01:00"}',
    'minimum: expected an instant with its zone',
  ],
  [
    'logicalType: timestamp, logicalTypeOptions: {minimum: "2013-01-01T01:00:00+01:00", maximum: "2012-12-31T23:59:59.9Z"}',
    'minimum: expected less than maximum (2012-12-31T23:59:59.9Z)',
  ],
  [
    'logicalType: timestamp, physicalType: timestamp_ntz, logicalTypeOptions: {minimum: "2013-01-31T10:00:00Z"}',
    'minimum: expected a date and time without a zone',
  ],
  [
    'logicalType: timestamp, physicalType: timestamp_ntz, logicalTypeOptions: {timezone: true}',
    'timezone: expected what physicalType says (timestamp_ntz)',
  ],
  [
    'logicalType: timestamp, logicalTypeOptions: {defaultTimezone: Europe/Berlin}',
    'defaultTimezone: expected UTC, found "Europe/Berlin"',
  ],
  ['logicalType: time, logicalTypeOptions: {maximum: "24:00:00"}', 'maximum: expected a time of day'],
  ['logicalType: time, logicalTypeOptions: {maximum: "10:00:00.0000001"}', 'maximum: expected a time of day'],
  ['logicalType: time, logicalTypeOptions: {timezone: true}', 'timezone: expected no zone for a time of day'],
  ['logicalType: integer, logicalTypeOptions: {minimum: 1.5}', 'minimum: expected a whole number of 64 bits'],
  [
    'logicalType: integer, logicalTypeOptions: {maximum: 9223372036854775808}',
    'maximum: expected a whole number of 64 bits',
  ],
  [
    'logicalType: integer, logicalTypeOptions: {minimum: -9223372036854775809}',
    'minimum: expected a whole number of 64 bits',
  ],
  [
    'logicalType: integer, logicalTypeOptions: {exclusiveMinimum: 5, maximum: 5}',
    'exclusiveMinimum: expected less than maximum (5)',
  ],
  ['logicalType: integer, logicalTypeOptions: {format: i128}', 'format: expected one of i8'],
  ['logicalType: integer, logicalTypeOptions: {multipleOf: 0}', 'multipleOf: expected a number above 0'],
  [
    'logicalType: number, physicalType: "decimal(3,2)", logicalTypeOptions: {maximum: 10}',
    'maximum: expected a value of decimal(3,2)',
  ],
  [
    'logicalType: number, physicalType: "decimal(3,2)", logicalTypeOptions: {maximum: 0.001}',
    'maximum: expected a value of decimal(3,2)',
  ],
  [
    'logicalType: number, physicalType: "decimal(3,2)", logicalTypeOptions: {format: f64}',
    'format: expected f64 for a double, no format for a decimal',
  ],
  [
    'logicalType: number, physicalType: double, logicalTypeOptions: {format: f32}',
    'format: expected f64 for a double, no format for a decimal',
  ],
  [
    'logicalType: number, physicalType: double, logicalTypeOptions: {multipleOf: 0.5}',
    'multipleOf: expected an exact type for multipleOf',
  ],
  [
    'logicalType: string, logicalTypeOptions: {minLength: 4, maxLength: 3}',
    'minLength: expected at most maxLength (3)',
  ],
  [
    'logicalType: string, logicalTypeOptions: {pattern: a, format: uuid}',
    'format: expected either a format or a pattern',
  ],
  [
    'logicalType: integer, quality: [{metric: invalidValues, mustBe: 0, arguments: {validValues: [1.5]}}]',
    'expected a whole number',
  ],
  [
    'logicalType: date, quality: [{metric: invalidValues, mustBe: 0, arguments: {validValues: ["2013-01-01"]}}]',
    'expected a column of text or integers',
  ],
  [
    'logicalType: integer, quality: [{metric: invalidValues, mustBe: 0, arguments: {pattern: "1"}}]',
    'expected a column of text, found one of integer',
  ],
  [
    'logicalType: string, quality: [{metric: invalidValues, mustBe: 0, arguments: {validValues: [a, b, a]}}]',
    'expected every value once, found "a" again',
  ],
  [
    'logicalType: string, logicalTypeOptions: {pattern: a}, quality: [{metric: invalidValues, mustBe: 0, arguments: {pattern: "b"}}]',
    'expected one pattern, found a second one',
  ],
])('a column cannot have these rules: %s', (column, told) => {
  expect(compile(codeAs(column)).findings.map(formatFinding)).toEqual([expect.stringContaining(told)]);
});

test.each([
  ['{table: rows, mustBeGreaterThan: 0, mustBeLessThan: 9}', 'rows', 0, 9],
  ['{table: rows, mustBeBetween: [0, 9]}', 'rows', 0, 9],
  ['{table: freshness, mustBeBetween: [0, 2], unit: h}', 'freshnessSeconds', 0, 7200],
])('all bounds of a check have its one name: %s', (implementation, measure, least, greatest) => {
  const { contract, findings } = compile(changed(tableRule, `implementation: ${implementation}`));
  expect(findings.map(formatFinding)).toEqual([]);
  expect(contract?.tableRules).toMatchObject([
    { name: 'some_rows', measure, value: least },
    { name: 'some_rows', measure, value: greatest },
  ]);
});

test.each([
  [codeOptions, 'logicalTypeOptions: {pattern: "[]a"}', 'pattern: expected a regular expression that'],
  [codeOptions, 'logicalTypeOptions: {pattern: "[^]"}', 'found an empty class in "[^]"'],
  [codeOptions, 'logicalTypeOptions: {pattern: "[a&&b]"}', 'found && inside a class in "[a&&b]"'],
  [codeOptions, "logicalTypeOptions: {pattern: '\\u{41}'}", 'found \\u{...} in'],
  [codeOptions, 'unique: yes', 'unique: expected true or false'],
  ['version: 1.0.0', 'version: ""', 'version: expected a text that is not empty'],
  ['name: sales\nversion', 'name: orders\nversion', 'name: expected sales, found "orders"'],
  [
    '  - name: sales\n    properties',
    '  - name: Sales\n    properties',
    'schema[0].name: expected a table name of at most 128',
  ],
  [
    '    properties:\n',
    '    physicalName: t_sales\n    properties:\n',
    "physicalName: expected the table's name (sales)",
  ],
  [
    '    properties:\n',
    '    customProperties: [{property: engine, value: emr}]\n    properties:\n',
    'customProperties[0]: expected no custom property here',
  ],
  [codeOptions, 'physicalName: Code', "physicalName: expected the column's name (code)"],
  [codeOptions, 'primaryKeyPosition: 1', 'primaryKeyPosition: expected no position'],
  [codeOptions, 'partitioned: true\n        partitionKeyPosition: 0', 'expected a position from 1 on'],
  [codeOptions, 'customProperties: [{property: source, value: ""}]', "expected the column's name in the CSV"],
  ['{name: paid,', '{name: 1st,', 'name: expected a name of letters, digits and _ that begins with a letter'],
  [
    codeOptions,
    'quality: [{metric: invalidValues, mustBe: 1, arguments: {validValues: [a]}}]',
    'mustBe: expected 0, found the number 1',
  ],
  [
    codeOptions,
    'quality: [{metric: invalidValues, mustBe: 0, mustBeLessThan: 2, arguments: {validValues: [a]}}]',
    'mustBeLessThan: expected mustBe: 0, found mustBeLessThan',
  ],
  [
    codeOptions,
    'quality: [{metric: invalidValues, mustBe: 0, arguments: {}}]',
    'arguments: expected validValues or a pattern, found neither',
  ],
  [
    codeOptions,
    'quality: [{metric: invalidValues, mustBe: 0, arguments: {validValues: []}}]',
    'validValues: expected at least one value, found none',
  ],
  [
    codeOptions,
    'quality: [{metric: nullValues, mustBe: 0}]',
    'expected the metric invalidValues, found nullValues. Write required: true at the column.',
  ],
  [tableRule, 'implementation: {table: rows, mustBe: 1, unit: h}', 'unit: expected no unit'],
  [tableRule, 'implementation: {table: rows, mustBe: 1.5}', 'mustBe: expected a count'],
  [tableRule, 'implementation: {table: rows, mustBeBetween: [1]}', 'mustBeBetween: expected two numbers'],
  [
    tableRule,
    'implementation: {table: freshness, mustBe: 1, unit: fortnights}',
    'unit: expected a unit of time',
  ],
  ['property: latency', 'property: latnecy', 'property: expected latency, found "latnecy"'],
  [
    '{property: latency, value: 30, unit: m}',
    '{property: latency, value: 30, unit: m}\n  - {property: latency, value: 1, unit: h}',
    'property: expected latency once, found it again',
  ],
  [
    '{property: quarantine, value: {maxShare: 0.05}}',
    '{property: references, value: [{name: a, location: a/, format: csv}, {name: A, location: b/, format: csv}]}',
    'value[1].name: expected a name of its own',
  ],
  [
    '{property: quarantine, value: {maxShare: 0.05}}',
    '{property: references, value: [{name: a-b, location: a/, format: csv}]}',
    'name: expected a name of letters, digits and _',
  ],
  [
    '{property: quarantine, value: {maxShare: 0.05}}',
    '{property: references, value: [{name: a, location: lake.tidegate.airports, format: iceberg}]}',
    'location: expected a table as in tidegate.airports',
  ],
  [
    '{property: quarantine, value: {maxShare: 0.05}}',
    '{property: references, value: [{name: a, location: a/../b, format: csv}]}',
    'location: expected a key prefix of the second source bucket',
  ],
])('%j made %j is one mistake', (from, to, told) => {
  expect(compile(changed(from, to)).findings.map(formatFinding)).toEqual([expect.stringContaining(told)]);
});

test('a table is written by one dataset', () => {
  const tablesTaken = new Map([['sales', 'orders']]);
  const source = { dataset: 'sales', file: 'contract.yaml', yaml: sound, transform: null, tablesTaken };
  expect(compileContract(source).findings.map(formatFinding)).toEqual([
    expect.stringContaining('expected a table of its own, found sales, which dataset orders writes.'),
  ]);
});

test.each([
  ['', ''],
  ['description: {purpose: What was sold., usage: Reports.}\n', 'What was sold.'],
])('a table without a description has the purpose of the contract: %j', (description, told) => {
  const yaml = (table: string): string =>
    changed('schema:\n', `${description}schema:\n`).replace('    properties:\n', `${table}    properties:\n`);
  expect(compile(yaml('')).contract?.description).toBe(told);
  expect(compile(yaml('    description: Sales.\n')).contract?.description).toBe('Sales.');
});
