import { endOfUpload } from '../../cli/end-of-upload.ts';
import { type UploadRecord, uploadKey } from '../../tasks/core/records.ts';
import { memoryPorts } from '../fakes/memory-ports.ts';
import { uploadOf } from '../fakes/samples.ts';

const upload = uploadOf("flights/o'hare.csv", 'v9');
const LOST =
  'No execution picked it up within 5 minutes: its event may be lost. ' +
  "`tidegate replay 's3://source/flights/o'\\''hare.csv' --version v9` loads it; " +
  'if that loads nothing either, its execution says why.';

let told: string[];
const tell = (line: string) => told.push(line);
beforeEach(() => {
  told = [];
});

/** The stores, and an upload that was sent just now. */
const begin = () => {
  const world = memoryPorts();
  const sent = { dataset: 'flights', ...upload, at: world.clock.now() };
  const record = async (status: UploadRecord['status']) => {
    const { key, version } = (await world.table.get(uploadKey('flights', upload.uploadId))) ?? {
      key: uploadKey('flights', upload.uploadId),
      version: null,
    };
    const item = {
      upload,
      status,
      wanted: 1,
      taken: 1,
      replayedBy: null,
      runId: status === 'RUNNING' ? 'R' : null,
      reason: null,
    };
    await world.table.write([{ key, item, expectedVersion: version }]);
  };
  const secondsPassed = () => (world.clock.now().getTime() - sent.at.getTime()) / 1000;
  return { world, sent, record, secondsPassed };
};

test('an upload whose event never comes is given up after some minutes, with how to load it', async () => {
  const { world, sent, secondsPassed } = begin();
  expect(await endOfUpload(sent, world, () => true, { ...world, tell })).toEqual({
    isLoaded: false,
    told: LOST,
  });
  expect(secondsPassed()).toBe(300);
});

test('so is a mended file that the record of its upload does not come to know', async () => {
  const { world, sent, record, secondsPassed } = begin();
  await record('LOADED');
  const isReached = ({ mends = [] }: UploadRecord) => mends.length > 0;
  expect(await endOfUpload(sent, world, isReached, { ...world, tell })).toEqual({
    isLoaded: false,
    told: LOST,
  });
  expect(secondsPassed()).toBe(300);
});

test('one that was sent long before has had its time', async () => {
  const { world, sent, secondsPassed } = begin();
  world.pass(3600);
  expect(await endOfUpload(sent, world, () => true, { ...world, tell })).toEqual({
    isLoaded: false,
    told: LOST,
  });
  expect(secondsPassed()).toBe(3600);
});

test('one that waits or runs is waited for however long', async () => {
  const { world, sent, record, secondsPassed } = begin();
  await record('WAITING');
  const pause = async (seconds: number) => {
    world.pass(seconds);
    if (secondsPassed() === 3600) await record('RUNNING');
    if (secondsPassed() === 7200) await record('LOADED');
  };
  expect(await endOfUpload(sent, world, () => true, { ...world, pause, tell })).toEqual({
    isLoaded: true,
    told: 'LOADED',
  });
  expect(secondsPassed()).toBe(7200);
  expect(told).toEqual([
    "flights/o'hare.csv: waiting for its turn ...",
    "flights/o'hare.csv: running in run R ...",
  ]);
});

test('what is told of a file that is waited for steers no terminal', async () => {
  const { world, sent, record } = begin();
  await record('WAITING');
  const pause = () => record('LOADED');
  await endOfUpload({ ...sent, key: 'flights/\u001b[2J.csv' }, world, () => true, { ...world, pause, tell });
  expect(told).toEqual(['flights/\\u001b[2J.csv: waiting for its turn ...']);
});
