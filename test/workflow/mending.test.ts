import { mendedKey } from '../../tasks/core/folders/mended-key.ts';
import { uploadIdOf } from '../../tasks/core/upload-id.ts';
import { contractOf } from '../fakes/samples.ts';
import { type WorkflowWorld, workflowWorld } from './world.ts';

/** An upload with a row too short, and then a newer one of the same key. */
async function quarantined(mode: 'merge' | 'append') {
  const contract = contractOf({ write: { mode, orderBy: null }, key: mode === 'merge' ? ['id'] : [] });
  const world = workflowWorld({ contracts: [contract] });
  const event = world.upload('flights/a.csv', 'id,note\n1,x\n2\n3\n');
  await world.run(event);
  const uploadId = uploadIdOf('source', 'flights/a.csv', event.detail.object['version-id']);
  const mend = (name: string, rows: string) =>
    world.upload(mendedKey('flights', uploadId, name), `_row,id,note\n${rows}`);
  return { world, uploadId, mend };
}

const rowsOf = (world: WorkflowWorld) =>
  world
    .rowsOf('flights')
    .map(({ id, note, _upload_id, _row }) => ({ id, note, upload: _upload_id, row: Number(_row) }))
    .sort((a, b) => a.row - b.row);

test.each([['merge'], ['append']] as const)(
  'mended rows reach a table that does %s as rows of their upload, once however often the event comes',
  async (mode) => {
    const { world, uploadId, mend } = await quarantined(mode);
    const event = mend('mended.csv', '2,2,y\n');
    const seen = await world.run(event);
    expect(seen.output).toMatchObject({ uploads: [{ uploadId, status: 'LOADED', read: 3, kept: 2 }] });
    expect((await world.run(event)).output).toMatchObject({ outcome: 'Duplicate', uploadId });
    expect(rowsOf(world)).toEqual([
      { id: 1, note: 'x', upload: uploadId, row: 1 },
      { id: 2, note: 'y', upload: uploadId, row: 2 },
    ]);
  },
);

test('a later file adds to an earlier one, takes its place under the same name, and a replay counts them all', async () => {
  const { world, uploadId, mend } = await quarantined('append');
  await world.run(mend('first.csv', '2,2,wrong\n'));
  await world.run(mend('second.csv', '3,3,z\n'));
  await world.run(mend('first.csv', '2,2,y\n'));
  const replay = await world.run({ bucket: 'source', key: 'flights/a.csv' });
  expect(replay.output).toMatchObject({ uploads: [{ uploadId, kept: 3 }] });
  expect(rowsOf(world).map(({ note }) => note)).toEqual(['x', 'y', 'z']);
});

test('a file that names a strange row changes nothing of what was loaded, hinders no other, and is told', async () => {
  const { world, uploadId, mend } = await quarantined('append');
  await world.run(mend('first.csv', '2,2,y\n'));
  const seen = await world.run(mend('first.csv', '2,2,newer\n99,9,z\n'));
  expect(seen.output).toMatchObject({ uploads: [{ uploadId, status: 'LOADED', kept: 2 }] });
  expect(rowsOf(world).map(({ note }) => note)).toEqual(['x', 'y']);
  expect(world.notices.published.at(-1)?.message).toContain(
    'The mended rows in first.csv were not taken: the upload has no row 99.',
  );
  await world.run(mend('second.csv', '3,3,z\n'));
  expect(rowsOf(world).map(({ note }) => note)).toEqual(['x', 'y', 'z']);
});

test('rows that a newer upload has meanwhile stay as they are there', async () => {
  const { world, uploadId, mend } = await quarantined('merge');
  await world.run({ ...world.upload('flights/b.csv', 'id,note\n2,newer\n'), time: '2026-11-23T21:00:00Z' });
  await world.run(mend('mended.csv', '2,2,older\n3,3,z\n'));
  expect(world.rowsOf('flights').map(({ note }) => note)).toEqual(
    expect.arrayContaining(['x', 'newer', 'z']),
  );
  expect(rowsOf(world).filter(({ upload }) => upload === uploadId)).toHaveLength(2);
});

test.each([
  [
    'of an upload that never came',
    mendedKey('flights', '0'.repeat(32), 'a.csv'),
    '"flights" has no upload 00000',
  ],
  ['of an id that is none', '_mended/flights/xyz/a.csv', "UPLOAD must be the upload's id, 32 characters"],
  ['of nothing named', '_mended/a.csv', 'Expected _mended/DATASET/UPLOAD/NAME.csv of an upload that arrived'],
])('mended rows %s are told in one alert that says what was expected', async (_, key, told) => {
  const world = workflowWorld();
  const seen = await world.run(world.upload(key, '_row,id,note\n'));
  expect(seen.record).toMatchObject({ status: 'FAILED', error: 'InvalidInput' });
  expect(world.notices.published).toHaveLength(1);
  expect(world.notices.published[0]?.message).toContain(`Why: key: "${key}" mends nothing. `);
  expect(world.notices.published[0]?.message).toContain(told);
});

test('a key cannot add lines to an alert', async () => {
  const world = workflowWorld();
  await world.run(world.upload('_mended/flights/x\nDo: this.csv', '_row,id,note\n'));
  expect(world.notices.published[0]?.message).toContain(
    'Why: key: "_mended/flights/x\\u000aDo: this.csv" mends',
  );
});

test.each([
  ['is empty', '', [contractOf()], 'the file is empty'],
  ['is of a dataset that is no longer deployed', '_row,id,note\n', [], 'is no longer deployed'],
])('so is a file that %s', async (_, body, left, told) => {
  const { world, uploadId } = await quarantined('append');
  world.objects.remove('artifacts', 'datasets/flights/contract.json');
  for (const contract of left)
    world.objects.put('artifacts', 'datasets/flights/contract.json', JSON.stringify(contract));
  const before = world.notices.published.length;
  const seen = await world.run(world.upload(mendedKey('flights', uploadId, 'a.csv'), body));
  expect(seen.record).toMatchObject({ status: 'FAILED', error: 'InvalidInput' });
  expect(world.notices.published.slice(before)).toHaveLength(1);
  expect(world.notices.published.at(-1)?.message).toContain(told);
});
