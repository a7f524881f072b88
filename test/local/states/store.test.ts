import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Frame } from '../../../local/states/run/frame.ts';
import { memoryStore } from '../../../local/states/store/memory-store.ts';
import type { ExecutionRecord, StateMachineRecord } from '../../../local/states/store/records.ts';
import { sqliteStore } from '../../../local/states/store/sqlite-store.ts';
import type { Store } from '../../../local/states/store/store.ts';

const folders: string[] = [];

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'states-store-'));
  folders.push(made);
  return made;
}

afterAll(() => {
  for (const made of folders) rmSync(made, { recursive: true, force: true });
});

const machineArn = 'arn:aws:states:us-east-1:123456789012:stateMachine:m';

function machineRecord(name: string, more: Partial<StateMachineRecord> = {}): StateMachineRecord {
  return {
    arn: `${machineArn}-${name}`,
    name,
    definition: '{}',
    roleArn: 'r',
    settings: {},
    createdMs: 1,
    updatedMs: 1,
    ...more,
  };
}

function record(sequence: number, more: Partial<ExecutionRecord> = {}): ExecutionRecord {
  return {
    arn: `e${sequence}`,
    name: `e${sequence}`,
    stateMachineArn: machineArn,
    stateMachineName: 'm',
    definition: '{"a":1}',
    definedMs: 1,
    roleArn: 'r',
    settings: {},
    input: '{ }',
    startMs: 1_000 + sequence,
    sequence,
    status: 'RUNNING',
    lastEventId: 0,
    nextFrameId: 1,
    redriveCount: 0,
    redriveTokens: [],
    ...more,
  };
}

function frame(id: number, more: Partial<Frame> = {}): Frame {
  return { id, index: 0, block: [], input: { n: 1 }, status: 'running', cursor: 0, variables: {}, ...more };
}

const event = (id: number) => ({ id, previousEventId: 0, timestamp: id, type: 'T', details: { id } });
const change = (one: ExecutionRecord, more: object = {}) => ({
  record: one,
  events: [],
  frames: [],
  removedFrameIds: [],
  ...more,
});

describe.each<[string, () => Store]>([
  ['in memory', memoryStore],
  ['on disk', () => sqliteStore(folder())],
])('a store %s', (_, make) => {
  let store: Store;
  beforeEach(() => {
    store = make();
  });
  afterEach(() => store.close());

  test('keeps machines in the order of their creation, and their last version', () => {
    store.putStateMachine(machineRecord('b'));
    store.putStateMachine(machineRecord('a'));
    store.putStateMachine(machineRecord('b', { revisionId: '2' }));
    expect(store.stateMachines().map(({ name, revisionId }) => [name, revisionId])).toEqual([
      ['b', '2'],
      ['a', undefined],
    ]);
    store.removeStateMachine(`${machineArn}-b`);
    expect(store.stateMachine(`${machineArn}-b`)).toBeUndefined();
    expect(store.stateMachine(`${machineArn}-a`)?.name).toBe('a');
  });

  test('gives an execution back as it was saved last', () => {
    const one = record(1);
    store.save([change(one)]);
    store.save([
      change({ ...one, status: 'FAILED', stopMs: 5, error: 'E', redriveTokens: [{ token: 't', usedMs: 3 }] }),
    ]);
    expect(store.execution('e1')).toEqual({
      ...one,
      status: 'FAILED',
      stopMs: 5,
      error: 'E',
      redriveTokens: [{ token: 't', usedMs: 3 }],
    });
    expect(store.execution('e2')).toBeUndefined();
    expect(store.lastSequence()).toBe(1);
  });

  test('appends events and gives ranges of them', () => {
    store.save([
      change(record(1), { events: [event(1), event(2)] }),
      change(record(2), { events: [event(1)] }),
    ]);
    store.save([change(record(1), { events: [event(3)] })]);
    expect(store.events('e1', 2, 9).map(({ id }) => id)).toEqual([2, 3]);
    expect(store.events('e1', 1, 1)).toEqual([event(1)]);
    expect(store.events('none', 1, 9)).toEqual([]);
  });

  test('replaces and removes frames, and hands out copies', () => {
    store.save([change(record(1), { frames: [frame(0), frame(1)] })]);
    store.save([change(record(1), { frames: [frame(0, { cursor: 7 })], removedFrameIds: [1] })]);
    const [kept, ...rest] = store.frames('e1');
    expect(rest).toEqual([]);
    expect(kept).toEqual(frame(0, { cursor: 7 }));
    if (kept) kept.cursor = 9;
    expect(store.frames('e1')[0]?.cursor).toBe(7);
  });

  test('lists executions newest first, filtered and in parts', () => {
    store.save([
      change(record(1, { status: 'FAILED', stopMs: 3_000 })),
      change(record(2, { redriveCount: 1, redriveMs: 4_000 })),
      change(record(3)),
      change(record(4, { stateMachineArn: 'other' })),
    ]);
    const list = (filter: object) =>
      store.executions({ stateMachineArn: machineArn, limit: 10, ...filter }).map(({ sequence }) => sequence);
    expect(list({})).toEqual([2, 1, 3]);
    expect(list({ limit: 2 })).toEqual([2, 1]);
    expect(list({ after: { listedMs: 4_000, sequence: 2 }, limit: 1 })).toEqual([1]);
    expect(list({ after: { listedMs: 3_000, sequence: 1 } })).toEqual([3]);
    expect(list({ status: 'FAILED' })).toEqual([1]);
    expect(list({ redriven: true })).toEqual([2]);
    expect(list({ redriven: false })).toEqual([1, 3]);
    store.save([change(record(3, { status: 'SUCCEEDED', stopMs: 5_000 }))]);
    expect(list({})).toEqual([3, 2, 1]);
    store.save([change(record(3))]);
    expect(store.runningExecutions().map(({ sequence }) => sequence)).toEqual([2, 3, 4]);
  });
});

describe('a store on disk', () => {
  test('keeps all of it when it is opened again', () => {
    const where = folder();
    const first = sqliteStore(where);
    first.putStateMachine(machineRecord('a'));
    first.save([change(record(1), { events: [event(1)], frames: [frame(0)] })]);
    first.close();
    const second = sqliteStore(where);
    expect(second.stateMachines()).toEqual([machineRecord('a')]);
    expect(second.execution('e1')).toEqual(record(1));
    expect(second.events('e1', 1, 9)).toEqual([event(1)]);
    expect(second.frames('e1')).toEqual([frame(0)]);
    second.close();
  });

  test('saves all of a set of changes or none', () => {
    const store = sqliteStore(folder());
    store.save([change(record(1), { events: [event(1)] })]);
    const clash = [change(record(2)), change(record(1), { events: [event(1)] })];
    expect(() => store.save(clash)).toThrow(/UNIQUE/);
    expect(store.execution('e2')).toBeUndefined();
    store.save([change(record(2))]);
    expect(store.execution('e2')).toBeDefined();
    store.close();
  });

  test('is one process only, and says so', () => {
    const where = folder();
    const store = sqliteStore(where);
    store.save([change(record(1))]);
    expect(() => sqliteStore(where)).toThrow(/another server/);
    store.close();
  });
});
