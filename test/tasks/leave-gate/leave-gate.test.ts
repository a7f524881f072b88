import { admitUpload } from '../../../tasks/admit-upload/admit-upload.ts';
import { cleanUp } from '../../../tasks/clean-up/clean-up.ts';
import {
  gateKey,
  runKey,
  runRecordSchema,
  uploadKey,
  uploadRecordSchema,
} from '../../../tasks/core/records.ts';
import { uploadIdOf } from '../../../tasks/core/upload-id.ts';
import { leaveGate } from '../../../tasks/leave-gate/leave-gate.ts';
import { noticeOf } from '../../../tasks/leave-gate/notice.ts';
import { memoryPorts } from '../../fakes/memory-ports.ts';
import { executionOf, manifestOf, objectCreated } from '../../fakes/samples.ts';

const UPLOAD_ID = uploadIdOf('source', 'flights/a.csv', 'v1');

const running = async () => {
  const world = memoryPorts();
  const answer = await admitUpload(objectCreated('flights/a.csv'), executionOf('e1'), world);
  if (answer.outcome !== 'Run') throw new Error(answer.outcome);
  return { world, runId: answer.runId };
};

const leave = async ({ world, runId }: Awaited<ReturnType<typeof running>>, manifest: object) => {
  world.objects.put(
    'destination',
    `runs/flights/${runId}/attempts/1/manifest.json`,
    JSON.stringify(manifest),
  );
  const input = {
    dataset: 'flights',
    runId,
    attempt: 1,
    redriveCount: 0,
    pins: [],
    delivery: { owedDelivered: [], refused: [] },
  };
  return leaveGate(input, world);
};

const recorded = async ({ world, runId }: Awaited<ReturnType<typeof running>>) => ({
  run: runRecordSchema.parse((await world.table.get(runKey('flights', runId)))?.item),
  upload: uploadRecordSchema.parse((await world.table.get(uploadKey('flights', UPLOAD_ID)))?.item),
});

test('records run and upload, gives the outcome, and tells nobody when every row was kept', async () => {
  const state = await running();
  const rows = { read: 7, kept: 7, quarantined: 0, current: 7, superseded: 0 };
  const uploads = [{ uploadId: UPLOAD_ID, outcome: 'LOADED' as const, ...rows, reasons: [] }];
  const outcome = await leave(state, manifestOf(state.runId, UPLOAD_ID, { rows, uploads }));
  expect(outcome).toMatchObject({
    rows,
    jobSeconds: 30,
    uploads: [{ uri: 's3://source/flights/a.csv', status: 'LOADED' }],
  });
  expect(await recorded(state)).toMatchObject({
    run: { status: 'SUCCEEDED', outcome: { jobSeconds: 30 } },
    upload: { status: 'LOADED' },
  });
  expect(state.world.notices.published).toEqual([]);
});

test('quarantined rows are told once, with reasons, counts and where they are', async () => {
  const state = await running();
  const manifest = manifestOf(state.runId, UPLOAD_ID);
  const reasons = [
    {
      rule: 'type',
      column: 'id',
      count: 2,
      example: { row: 3, value: 'x' },
      message: 'id: "x" is no integer',
    },
  ];
  const uploads = manifest.uploads.map((upload) => ({ ...upload, reasons }));
  await leave(state, { ...manifest, uploads });
  await leave(state, { ...manifest, uploads });
  expect(state.world.notices.published).toEqual([
    {
      subject: 'Tidegate: flights: 2 rows quarantined',
      message: expect.stringMatching(
        /2 x id: "x" is no integer \(first in row 3\)[\s\S]*attempts\/1\/quarantine\//,
      ),
    },
  ]);
});

test('a key cannot add lines to what people are told', () => {
  const upload = {
    uploadId: UPLOAD_ID,
    uri: 's3://source/flights/a\nRun: b\u202e.csv',
    status: 'REJECTED' as const,
    reason: 'empty',
    read: 0,
    kept: 0,
    quarantined: 0,
    current: 0,
    superseded: 0,
  };
  const told = noticeOf({
    dataset: 'flights',
    runId: 'run-1',
    attempt: 1,
    uploads: [upload],
    manifest: null,
    refused: [],
    askedAgain: new Set(),
    bucket: 'destination',
  });
  expect(told?.message).toContain('s3://source/flights/a\\u000aRun: b\\u202e.csv REJECTED: empty\n');
});

test('one quarantined row is told as one', async () => {
  const state = await running();
  const manifest = manifestOf(state.runId, UPLOAD_ID);
  const counts = { read: 1, kept: 0, quarantined: 1, current: 0, superseded: 0 };
  const uploads = manifest.uploads.map((upload) => ({ ...upload, ...counts }));
  await leave(state, { ...manifest, rows: counts, uploads });
  expect(state.world.notices.published).toEqual([
    {
      subject: 'Tidegate: flights: 1 row quarantined',
      message: expect.stringContaining(': 1 row read, 0 kept, 1 quarantined:'),
    },
  ]);
});

test('a rejected upload is REJECTED with its reasons and told, and its run succeeds', async () => {
  const state = await running();
  const none = { read: 0, kept: 0, quarantined: 0, current: 0, superseded: 0 };
  const reasons = [
    {
      rule: 'header',
      column: 'id',
      count: 1,
      example: { row: null, value: null },
      message: 'The column id is missing.',
    },
  ];
  const uploads = [{ uploadId: UPLOAD_ID, outcome: 'REJECTED' as const, ...none, reasons }];
  await leave(
    state,
    manifestOf(state.runId, UPLOAD_ID, {
      rows: none,
      uploads,
      changes: { parts: [] },
      quarantine: { parts: [] },
    }),
  );
  expect(await recorded(state)).toMatchObject({
    run: { status: 'SUCCEEDED' },
    upload: { status: 'REJECTED', reason: 'The column id is missing.' },
  });
  expect(state.world.notices.published[0]?.message).toContain(
    's3://source/flights/a.csv REJECTED: The column id is missing.',
  );
});

describe('an upload that was rejected', () => {
  const none = { read: 0, kept: 0, quarantined: 0, current: 0, superseded: 0 };
  const whole = (message: string) => ({
    rule: 'quarantine.maxShare',
    column: null,
    count: 1,
    example: { row: null, value: null },
    message,
  });
  const ofRows = (message: string, row: number) => ({
    rule: 'required',
    column: 'id',
    count: 3,
    example: { row, value: null },
    message,
  });
  const rejectedFor = (runId: string, reasons: object[], counts: object = none) => ({
    ...manifestOf(runId, UPLOAD_ID, { rows: none, changes: { parts: [] }, quarantine: { parts: [] } }),
    uploads: [{ uploadId: UPLOAD_ID, outcome: 'REJECTED' as const, ...none, ...counts, reasons }],
  });

  test.each(['unclosed_quote', 'encoding'])(
    'for %s is not told to have rows that can be mended',
    async (rule) => {
      const state = await running();
      const reasons = [ofRows('a: required', 1), { ...ofRows(rule, 2), rule, column: null }];
      await leave(state, rejectedFor(state.runId, reasons, { read: 2, quarantined: 2 }));
      const message = state.world.notices.published[0]?.message ?? '';
      expect(message).toContain(`\n\`tidegate quarantine flights ${UPLOAD_ID}\` shows them.\n`);
      expect(message).not.toContain('tidegate mend');
    },
  );

  test('for its rows is told with a line for each rule, the first row, and what to do', async () => {
    const state = await running();
    const reasons = [whole('6 of 10 rows broke rules.'), ofRows('a: required', 9), ofRows('b: required', 4)];
    const counts = { read: 10, kept: 4, quarantined: 6 };
    await leave(state, rejectedFor(state.runId, reasons, counts));
    const lines = [
      '6 of 10 rows broke rules.',
      '  3 x a: required (first in row 9)',
      '  3 x b: required (first in row 4)',
    ];
    expect((await recorded(state)).upload.reason).toBe(lines.join('\n'));
    const message = state.world.notices.published[0]?.message ?? '';
    expect(message).toContain(`s3://source/flights/a.csv REJECTED: ${lines.join('\n')}\n`);
    expect(message).toContain(`\n\nRun ${state.runId} loaded nothing.\nQuarantined rows: `);
    expect(message).toContain(
      `\n\`tidegate quarantine flights ${UPLOAD_ID}\` shows them, \`tidegate mend\` sends corrected ones.\n`,
    );
    expect(message.match(/fix the contract and replay/gi)).toHaveLength(1);
  });

  test('by a replay is told not to be uploaded again: what was loaded of it is still there', async () => {
    const TWICE = 'uploading it again could duplicate them';
    const first = await running();
    await leave(first, rejectedFor(first.runId, [whole('6 of 10 rows broke rules.')]));
    expect(first.world.notices.published[0]?.message).not.toContain(TWICE);

    const answer = await admitUpload({ runId: first.runId }, executionOf('e2'), first.world);
    if (answer.outcome !== 'Run') throw new Error(answer.outcome);
    await leave({ ...first, runId: answer.runId }, rejectedFor(answer.runId, [whole('6 of 10 rows.')]));
    expect(first.world.notices.published[1]?.message).toContain(TWICE);
  });

  test('for very many rules is told with some of them, and less of it in the output', async () => {
    const state = await running();
    const rules = [...Array(25).keys()].map((row) => ofRows('x'.repeat(row < 21 ? 50 : 5000), row));
    const outcome = await leave(state, rejectedFor(state.runId, [whole('Most rows.'), ...rules]));
    const { reason } = (await recorded(state)).upload;
    expect(reason?.split('\n')).toHaveLength(22);
    expect(reason).toMatch(/\(first in row 19\)\n {2}and 5 more$/);
    expect(outcome.uploads[0]?.reason).toHaveLength(500);

    const long = await running();
    await leave(long, rejectedFor(long.runId, [whole('Most rows.'), ...rules.slice(20)]));
    expect((await recorded(long)).upload.reason).toMatch(
      /^Most rows\.\n.*\(first in row 20\)\n {2}and 4 more$/,
    );
  });

  test('for what is not CSV is told in a message and a record that are taken, however long its first line', async () => {
    const state = await running();
    await leave(
      state,
      rejectedFor(state.runId, [whole(`The header lacks id; it has ${'é'.repeat(300_000)}.`)]),
    );
    const { reason } = (await recorded(state)).upload;
    expect(reason).toMatch(/^The header lacks id; it has é+ \[cut\]$/);
    expect(Buffer.byteLength(reason ?? '')).toBeLessThan(10_000);
    expect(Buffer.byteLength(state.world.notices.published[0]?.message ?? '')).toBeLessThan(10_000);
  });
});

test('a notice of many uploads with long values fits into a message of SNS, and says how many it leaves out', () => {
  const message = `note: type date, but found '${'字'.repeat(200)}'`;
  const reason = { rule: 'type date', column: 'note', count: 1, example: { row: 2, value: null }, message };
  const counts = { read: 40, kept: 0, quarantined: 40, current: 0, superseded: 0 };
  const uploads = [...Array(200).keys()].map((nth) => {
    const uploadId = String(nth);
    return {
      uploadId,
      uri: `s3://source/flights/${nth}.csv`,
      status: 'LOADED' as const,
      reason: null,
      ...counts,
    };
  });
  const manifest = manifestOf('R', '0', {
    uploads: uploads.map(({ uploadId }) => ({
      ...{ uploadId, outcome: 'LOADED' as const, ...counts },
      reasons: Array(20).fill(reason),
      mendsNotTaken: Array(20).fill({ name: 'm.csv', message }),
    })),
  });
  const refused = [...Array(100).keys()].map((nth) => ({ runId: `R${nth}`, reason: '字'.repeat(300) }));
  const ending = { dataset: 'flights', runId: 'R', attempt: 1, uploads, manifest, refused };
  const told = noticeOf({ ...ending, askedAgain: new Set(), bucket: 'destination' })?.message ?? '';
  expect(Buffer.byteLength(told)).toBeLessThan(256 * 1024);
  const named = told.split('\n').filter((line) => line.startsWith('s3://source/')).length;
  expect(named).toBeGreaterThan(0);
  expect(told).toContain(`\nAnd ${200 - named} more: `);
  expect(told).toMatch(/Run R0 failed.*\n(Run .*\n)*And 70 more such runs: /);
});

test('files of mended rows that were not taken are told, all of them, and none to upload the file again', async () => {
  const state = await running();
  const rows = { read: 7, kept: 7, quarantined: 0, current: 7, superseded: 0 };
  const mendsNotTaken = [...Array(22).keys()].map((nth) => ({ name: `m${nth}.csv`, message: 'line 2: no.' }));
  const upload = { uploadId: UPLOAD_ID, outcome: 'LOADED' as const, ...rows, reasons: [] };
  const uploads = [{ ...upload, mendsNotTaken }];
  await leave(state, manifestOf(state.runId, UPLOAD_ID, { rows, uploads }));
  expect((await recorded(state)).upload).toMatchObject({ status: 'LOADED', reason: null });
  const [notice] = state.world.notices.published;
  expect(notice?.subject).toBe('Tidegate: flights: 22 files of mended rows not taken');
  expect(notice?.message.split('\n')).toEqual([
    'flights: 22 files of mended rows not taken.',
    '',
    's3://source/flights/a.csv: 7 rows read, 7 kept, 0 quarantined.',
    ...mendsNotTaken
      .slice(0, 20)
      .map(({ name }) => `  The mended rows in ${name} were not taken: line 2: no.`),
    '  and 2 more files',
    '',
    `Everything else in run ${state.runId} was loaded.`,
    expect.stringMatching(/^For mended rows that were not taken: .* what was loaded of it stays\.$/),
  ]);
});

test('an upload that was gone before it could be pinned is GONE and told; no job ran', async () => {
  const state = await running();
  const pins = [{ uploadId: UPLOAD_ID, outcome: 'GONE' as const, reason: 'deleted' }];
  await leaveGate(
    { dataset: 'flights', runId: state.runId, attempt: 0, redriveCount: 0, pins, delivery: null },
    state.world,
  );
  expect(await recorded(state)).toMatchObject({
    run: { status: 'SUCCEEDED' },
    upload: { status: 'GONE', reason: 'deleted' },
  });
  expect(state.world.notices.published[0]?.subject).toBe('Tidegate: flights: 1 of 1 upload not loaded');
});

describe('where the job was begun more than once', () => {
  /** The answer to the first start was lost, and that job still works beside the one that was delivered. */
  const begunTwice = async () => {
    const state = await running();
    const { world, runId } = state;
    const stored = await world.table.get(runKey('flights', runId));
    const item = { ...runRecordSchema.parse(stored?.item), attempt: 2 };
    await world.table.write([
      { key: runKey('flights', runId), item, expectedVersion: stored?.version ?? null },
    ]);
    world.jobRuns.active
      .set('jr-lost', { runId, attempt: 1 })
      .set('jr-other', { runId: 'OTHER', attempt: 1 });
    return state;
  };
  const rows = { read: 7, kept: 7, quarantined: 0, current: 7, superseded: 0 };
  const uploads = [{ uploadId: UPLOAD_ID, outcome: 'LOADED' as const, ...rows, reasons: [] }];
  const holderOf = async ({ world }: Awaited<ReturnType<typeof running>>) =>
    (await world.table.get(gateKey('flights')))?.item['holder'];

  test('what still works for the run is stopped, and what works for others goes on', async () => {
    const state = await begunTwice();
    await leave(state, manifestOf(state.runId, UPLOAD_ID, { rows, uploads }));
    expect([...state.world.jobRuns.active.keys()]).toEqual(['jr-other']);
    expect(await holderOf(state)).toBeNull();
  });

  test('the run keeps the gate while that is stopping, and has succeeded all the same; a sweep then frees it', async () => {
    const state = await begunTwice();
    const { world } = state;
    const stop = world.jobRuns.stop.bind(world.jobRuns);
    world.jobRuns.stop = async () => {};
    await leave(state, manifestOf(state.runId, UPLOAD_ID, { rows, uploads }));
    expect(await recorded(state)).toMatchObject({
      run: { status: 'SUCCEEDED' },
      upload: { status: 'LOADED' },
    });
    expect(await holderOf(state)).toBe(state.runId);

    world.jobRuns.stop = stop;
    const { arn, name, startTime } = executionOf('e1');
    const ended = { arn, name, startedAt: new Date(startTime), redriveCount: 0, input: {} };
    world.executions.states.set(arn, { ...ended, status: 'SUCCEEDED', error: null, cause: null });
    await cleanUp({ sweep: true }, world);
    expect(await holderOf(state)).toBeNull();
    expect(await recorded(state)).toMatchObject({
      run: { status: 'SUCCEEDED' },
      upload: { status: 'LOADED' },
    });
    expect(world.notices.published).toEqual([]);
  });
});

test('a notice tells of the upload whose rows are quarantined, not of the one beside it, and of the run that is owed', () => {
  const rows = { read: 2, kept: 2, quarantined: 0, current: 2, superseded: 0 };
  const bad = { ...rows, read: 3, quarantined: 1 };
  const reasonOf = (message: string) => ({
    ...{ rule: 'required', column: 'id', count: 1, message },
    example: { row: 2, value: null },
  });
  const upload = (uploadId: string, counts: typeof rows) => ({
    ...{ uploadId, uri: `s3://source/${uploadId}.csv`, status: 'LOADED' as const, reason: null },
    ...counts,
  });
  const told = noticeOf({
    dataset: 'flights',
    runId: 'R',
    attempt: 1,
    uploads: [upload('a', rows), upload('b', bad)],
    manifest: manifestOf('R', 'a', {
      uploads: [
        { uploadId: 'a', outcome: 'LOADED', ...rows, reasons: [] },
        { uploadId: 'b', outcome: 'LOADED', ...bad, reasons: [reasonOf('id: required')] },
      ],
    }),
    refused: [{ runId: 'R0', reason: 'why' }],
    askedAgain: new Set(),
    bucket: 'destination',
  });
  expect(told?.subject).toBe('Tidegate: flights: 1 row quarantined, 1 earlier run not delivered');
  expect(told?.message.split('\n')).toEqual([
    'flights: 1 row quarantined, 1 earlier run not delivered.',
    '',
    's3://source/b.csv: 3 rows read, 2 kept, 1 quarantined:',
    '  1 x id: required (first in row 2)',
    expect.stringMatching(/^Run R0 failed after .*: why$/),
    expect.stringMatching(/^Fix the cause, then redrive that run or replay its uploads\./),
    '',
    'Everything else in run R was loaded.',
    expect.stringMatching(/^Quarantined rows: s3:/),
    expect.stringMatching(/^`tidegate quarantine flights b` .* Or fix the contract and replay the upload\.$/),
  ]);
});
