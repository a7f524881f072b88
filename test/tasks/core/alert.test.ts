import { execFileSync } from 'node:child_process';
import { errorTable } from '../../../tasks/core/errors.ts';
import { type AlertFacts, alertOf } from '../../../tasks/core/telling/alert.ts';

const ARN = 'arn:aws:states:eu-west-1:123456789012:execution:ingest:e1';
const RUN_ID = '20261124T120000Z-00000001';
const facts: AlertFacts = {
  error: 'SparkStepFailed',
  cause: 'The disk is full.',
  state: 'RunSparkStep',
  execution: { arn: ARN, name: 'e1', input: {} },
  run: { dataset: 'sales', runId: RUN_ID, uploads: [{ uploadId: 'u', generation: 1 }] },
  attempt: 2,
  links: [],
  stateMachineArn: 'arn:aws:states:eu-west-1:123456789012:stateMachine:ingest',
  destinationBucket: 'destination',
};
const linesOf = (changes: Partial<AlertFacts> = {}) => alertOf({ ...facts, ...changes }).message.split('\n');

/** The last argument that a shell gives to the command that starts an execution. */
function inputGiven(lines: string[]): string {
  const command = lines.find((line) => line.includes('start-execution')) ?? '';
  const script = `aws() { for last; do :; done; printf %s "$last"; }\n${command}`;
  return execFileSync('sh', ['-c', script], { encoding: 'utf8' });
}

test('an alert says what broke, why, what to do, and the commands for it', () => {
  const { subject } = alertOf(facts);
  const lines = linesOf();
  expect(subject).toBe('Tidegate: sales: SparkStepFailed');
  expect(lines.slice(0, 6)).toEqual([
    `sales: ${errorTable.SparkStepFailed.meaning}`,
    'Why: The disk is full.',
    `What to do: ${errorTable.SparkStepFailed.hint}`,
    '',
    'Resume where it failed:',
    `  aws stepfunctions redrive-execution --region eu-west-1 --execution-arn ${ARN}`,
  ]);
  expect(JSON.parse(inputGiven(lines))).toEqual({ runId: RUN_ID });
  expect(lines).toContain(`Error: SparkStepFailed in RunSparkStep, attempt 2 of run ${RUN_ID} (1 upload)`);
  expect(lines.at(-1)).toContain(encodeURIComponent(`runs/sales/${RUN_ID}/attempts/2/`));
});

test('an alert of a run whose first attempt has not begun tells of none', () => {
  const lines = linesOf({ attempt: 0, state: null });
  expect(lines).toContain(`Error: SparkStepFailed of run ${RUN_ID} (1 upload)`);
  expect(lines.at(-1)).toMatch(/^Execution: /);
});

test.each([
  ['CostCapExceeded', 'Then start over:'],
  ['InvalidInput', 'This is how it was started:'],
] as const)('an alert of %s, which a redrive meets again, names none', (error, told) => {
  const lines = linesOf({ error });
  expect(lines.join('\n')).not.toContain('redrive-execution');
  expect(lines[4]).toBe(told);
});

test.each([
  [{ runId: 'it\'s; $(rm) `x` \\ "q"' }, { runId: 'it\'s; $(rm) `x` \\ "q"' }],
  [
    { detail: { bucket: { name: 'source' }, object: { key: "sales/it's.csv", 'version-id': 'v1' } } },
    { bucket: 'source', key: "sales/it's.csv", versionId: 'v1' },
  ],
  [
    { detail: { bucket: { name: 'source' }, object: { key: 'sales/a.csv' } } },
    { bucket: 'source', key: 'sales/a.csv' },
  ],
  [{ detail: { bucket: {} } }, { detail: { bucket: {} } }],
  [{ detail: { bucket: { name: 'source' } } }, { detail: { bucket: { name: 'source' } } }],
  [{ detail: {} }, { detail: {} }],
  [null, null],
])('without a run, what was given is given again, through a shell: %j', (input, given) => {
  const lines = linesOf({ run: null, execution: { ...facts.execution, input } });
  expect(lines[0]).toMatch(/^e1: /);
  expect(JSON.parse(inputGiven(lines))).toEqual(given);
});

test('an alert cuts a cause that nobody reads to its end, and has an input fetched that is too long', () => {
  const lines = linesOf({
    cause: 'x'.repeat(5000),
    run: null,
    execution: { ...facts.execution, input: { text: 'y'.repeat(5000) } },
  });
  expect(lines[1]).toBe(`Why: ${'x'.repeat(4000)} [cut]`);
  expect(lines.join('\n')).toContain(
    `--input "$(aws stepfunctions describe-execution --region eu-west-1 --execution-arn ${ARN} --query input --output text)"`,
  );
});

test('the subject is one that SNS takes', () => {
  const { subject } = alertOf({
    ...facts,
    run: null,
    execution: { ...facts.execution, name: `ü\n${'n'.repeat(100)}` },
  });
  expect(subject).toMatch(/^Tidegate: \?\?n+\.\.\.$/);
  expect(subject.length).toBeLessThan(100);
});
