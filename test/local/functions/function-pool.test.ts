import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { FunctionPool } from '../../../local/functions/function-pool.ts';

const folder = mkdtempSync(join(tmpdir(), 'functions-'));
const pools: FunctionPool[] = [];

function functionOf(source: string, settings: { timeoutSeconds?: number; maxConcurrency?: number } = {}) {
  const bundle = join(folder, `${pools.length}.mjs`);
  writeFileSync(bundle, source);
  const pool = new FunctionPool({
    functionName: 'subject',
    functionArn: 'arn:aws:lambda:us-east-1:123456789012:function:subject',
    memoryMiB: 128,
    bundle,
    handlerExport: 'handler',
    timeoutSeconds: settings.timeoutSeconds ?? 20,
    environment: { COLOUR: 'blue' },
    logFile: join(folder, `${pools.length}.log`),
    maxConcurrency: settings.maxConcurrency ?? 4,
  });
  pools.push(pool);
  return pool;
}

afterAll(async () => {
  await Promise.all(pools.map((pool) => pool.close()));
  rmSync(folder, { recursive: true, force: true });
});

test('a handler gets the event, its context and its own environment only', async () => {
  process.env['ONLY_OF_THE_PARENT'] = 'yes';
  const pool = functionOf(`export const handler = async (event, context) => ({
    event, name: context.functionName, left: context.getRemainingTimeInMillis() > 0,
    colour: process.env.COLOUR, parent: process.env.ONLY_OF_THE_PARENT ?? null })`);
  const { payload, functionError } = await pool.invoke('{"a":[1]}');
  expect(functionError).toBeNull();
  expect(JSON.parse(payload)).toEqual({
    event: { a: [1] },
    name: 'subject',
    left: true,
    colour: 'blue',
    parent: null,
  });
});

test('an answer of undefined is null', async () => {
  const { payload } = await functionOf('export const handler = () => {}').invoke('{}');
  expect(payload).toBe('null');
});

test("an error is reported under its own name, with message and stack, as Lambda's runtime does", async () => {
  const pool = functionOf(`export const handler = async () => {
    throw Object.assign(new Error('no such part'), { name: 'OutputMismatch' }); }`);
  const { payload, functionError } = await pool.invoke('{}');
  expect(functionError).toBe('Unhandled');
  const report = JSON.parse(payload) as { errorType: string; errorMessage: string; trace: string[] };
  expect(report).toMatchObject({ errorType: 'OutputMismatch', errorMessage: 'no such part' });
  expect(report.trace.length).toBeGreaterThan(1);
});

test('a handler that does not end in time is cut off, and the next event meets a fresh one', async () => {
  const pool = functionOf(
    'let calls = 0; export const handler = (event) => { calls += 1; if (event.hang) for (;;); return calls; }',
    { timeoutSeconds: 1 },
  );
  expect((await pool.invoke('{}')).payload).toBe('1');
  const late = await pool.invoke('{"hang":true}');
  expect(late.functionError).toBe('Unhandled');
  expect(JSON.parse(late.payload)).toMatchObject({
    errorType: 'Sandbox.Timedout',
    errorMessage: expect.stringMatching(/^RequestId: .* Error: Task timed out after 1.00 seconds$/),
  });
  expect((await pool.invoke('{}')).payload).toBe('1');
});

test('a process that exits in the middle is reported as such', async () => {
  const { payload } = await functionOf('export const handler = () => process.exit(3)').invoke('{}');
  expect(JSON.parse(payload)).toMatchObject({
    errorType: 'Runtime.ExitError',
    errorMessage: expect.stringContaining('exit status 3'),
  });
});

test.each([
  ['does not parse', 'export const handler = (', 'SyntaxError'],
  ['lacks the handler', 'export const other = 1', 'Runtime.HandlerNotFound'],
  ['throws while it is loaded', "throw new TypeError('no setting'); export const handler = 1", 'TypeError'],
])('a bundle that %s answers every event with the reason', async (_, source, errorType) => {
  const pool = functionOf(source);
  for (const attempt of [1, 2]) {
    const { payload, functionError } = await pool.invoke(`{"attempt":${attempt}}`);
    expect(functionError).toBe('Unhandled');
    expect(JSON.parse(payload)).toMatchObject({ errorType });
  }
});

test('no more events run at once than the concurrency allows, and none is lost', async () => {
  const pool = functionOf(
    `import { setTimeout as wait } from 'node:timers/promises';
     export const handler = async (event) => { const from = Date.now(); await wait(30); return { event, from, to: Date.now() }; }`,
    { maxConcurrency: 2 },
  );
  const spans = await Promise.all(
    Array.from({ length: 7 }, async (_, index) => {
      const { payload } = await pool.invoke(String(index));
      return JSON.parse(payload) as { event: number; from: number; to: number };
    }),
  );
  expect(spans.map(({ event }) => event)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  for (const { from } of spans)
    expect(spans.filter((other) => other.from <= from && from < other.to).length).toBeLessThanOrEqual(2);
});

test('what a handler prints goes to the log of its function', async () => {
  const pool = functionOf("export const handler = async () => { console.log('weighed 7 rows'); }");
  await pool.invoke('{}');
  // The worker's output arrives by a stream of its own, after the answer.
  while (!readFileSync(pool.settings.logFile, 'utf8').includes('weighed 7 rows')) await wait(20);
});
