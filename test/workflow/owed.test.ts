import { owedKey } from '../../tasks/core/records.ts';
import { runIdOf } from '../../tasks/core/run-id.ts';
import { contractOf, executionOf } from '../fakes/samples.ts';
import { failingIn } from './failing-once.ts';
import { workflowWorld } from './world.ts';

const cause = JSON.stringify({ errorType: 'Error', errorMessage: 'no way through', trace: [] });
const shown = (world: ReturnType<typeof workflowWorld>) =>
  world
    .rowsOf('flights')
    .map(({ id, note }) => `${id} ${note}`)
    .toSorted();
const delivered = (world: ReturnType<typeof workflowWorld>) => world.runsOf('flights');

test.each(['VerifyOutput', 'CopyBatch', 'Deliver'])(
  'rows of a run that failed in %s, after it had merged, are delivered by the next run',
  async (state) => {
    const world = workflowWorld({ adapters: failingIn(state, 'Error', cause) });
    const failed = await world.run(world.upload('flights/a.csv', 'id,note\n1,a\n2,a\n'));
    expect(failed.record.status).toBe('FAILED');
    expect(shown(world)).toEqual([]);

    const next = await world.run(world.upload('flights/b.csv', 'id,note\n2,b\n3,b\n'));
    expect(next.record.status).toBe('SUCCEEDED');
    expect(shown(world)).toEqual(['1 a', '2 b', '3 b']);
    expect(delivered(world)).toHaveLength(2);
    expect(world.notices.published).toHaveLength(1);

    const after = await world.run(world.upload('flights/c.csv', 'id,note\n4,c\n'));
    expect(after.output).toMatchObject({ delivery: { owedDelivered: [], refused: [] } });

    const redriven = await world.redrive(failed.record.arn);
    expect(redriven.record.status).toBe('SUCCEEDED');
    expect(shown(world)).toEqual(['1 a', '2 b', '3 b', '4 c']);
    expect(delivered(world)).toHaveLength(3);
  },
);

test('a run whose job died after it had merged, and told nobody, is told of by the next run and mended by a redrive', async () => {
  let dies = true;
  const world = workflowWorld({
    job: (own) => async (args) => {
      await own(args);
      if (!dies) return;
      dies = false;
      const output = args[args.indexOf('--output') + 1] ?? '';
      world.objects.remove('destination', `${output.slice('s3://destination/'.length)}/manifest.json`);
      throw new Error('killed');
    },
  });
  const failed = await world.run(world.upload('flights/a.csv', 'id,note\n1,a\n2,a\n'));
  expect(failed.record.status).toBe('FAILED');

  const next = await world.run(world.upload('flights/b.csv', 'id,note\n2,b\n3,b\n'));
  expect(next.record.status).toBe('SUCCEEDED');
  expect(shown(world)).toEqual(['2 b', '3 b']);
  expect(world.notices.published).toHaveLength(2);
  expect(world.notices.published.at(-1)).toMatchObject({
    subject: 'Tidegate: flights: 1 earlier run not delivered',
    message: expect.stringMatching(/attempt 1 wrote a change set .* so it may or may not have merged/),
  });

  await world.run(world.upload('flights/c.csv', 'id,note\n3,c\n'));
  expect(world.notices.published).toHaveLength(2);
  const redriven = await world.redrive(failed.record.arn);
  expect(redriven.record.status).toBe('SUCCEEDED');
  expect(shown(world)).toEqual(['1 a', '2 b', '3 c']);
});

test('a run that failed before it had merged owes nothing', async () => {
  const world = workflowWorld({
    contracts: [contractOf({ engine: 'glue' })],
    adapters: failingIn('RunGlueJob', 'Error', cause),
  });
  await world.run(world.upload('flights/a.csv', 'id,note\n1,a\n'), 'first');
  await world.run(world.upload('flights/b.csv', 'id,note\n2,b\n'));
  expect(shown(world)).toEqual(['2 b']);
  const { arn, startTime } = executionOf('first');
  expect(await world.table.get(owedKey('flights', runIdOf(arn, new Date(startTime))))).toBeNull();
});

test('owed rows that BigQuery refuses do not fail the next run, and are told once', async () => {
  const world = workflowWorld({ adapters: failingIn('Deliver', 'Error', cause) });
  await world.run(world.upload('flights/a.csv', 'id,note\n1,a\n'));
  const [marker] = await world.table.query('dataset#flights', 'owed#', 1);
  const owedRun = String(marker?.item['runId']);
  world.knobs.warehouseFails = (jobId) =>
    jobId.includes(owedRun) ? { reason: 'invalid', message: 'no such column' } : null;

  const next = await world.run(world.upload('flights/b.csv', 'id,note\n2,b\n'));
  expect(next.record.status).toBe('SUCCEEDED');
  expect(shown(world)).toEqual(['2 b']);
  expect(world.notices.published.at(-1)).toMatchObject({
    subject: 'Tidegate: flights: 1 earlier run not delivered',
    message: expect.stringContaining(
      `Run ${owedRun} failed after it merged its rows, or may have, and they are not in BigQuery`,
    ),
  });

  await world.run(world.upload('flights/c.csv', 'id,note\n3,c\n'));
  expect(world.notices.published).toHaveLength(2);
});

test('owed rows of a file that is gone are told and given up', async () => {
  const world = workflowWorld({ adapters: failingIn('CopyBatch', 'Error', cause) });
  await world.run(world.upload('flights/a.csv', 'id,note\n1,a\n'));
  const [part] = (await world.objects.list('destination', 'runs/')).filter(({ key }) =>
    key.includes('/changes/'),
  );
  world.objects.remove('destination', part?.key ?? '');
  const next = await world.run(world.upload('flights/b.csv', 'id,note\n2,b\n'));
  expect(next.record.status).toBe('SUCCEEDED');
  expect(world.notices.published.at(-1)?.message).toContain('is missing');
});

test('a run whose folder has expired before the next one came is told of, for it may have merged', async () => {
  const world = workflowWorld({ adapters: failingIn('CopyBatch', 'Error', cause) });
  await world.run(world.upload('flights/a.csv', 'id,note\n1,a\n'));
  for (const { key } of await world.objects.list('destination', 'runs/'))
    world.objects.remove('destination', key);
  const next = await world.run(world.upload('flights/b.csv', 'id,note\n2,b\n'));
  expect(next.record.status).toBe('SUCCEEDED');
  expect(shown(world)).toEqual(['2 b']);
  expect(world.notices.published.at(-1)).toMatchObject({
    subject: 'Tidegate: flights: 1 earlier run not delivered',
    message: expect.stringMatching(/its folder has expired.*\n.*replay its uploads.*adopted.*again/),
  });
  const untold = await world.run(world.upload('flights/c.csv', 'id,note\n3,c\n'));
  expect(untold.output).toMatchObject({ delivery: { refused: [] } });
});
