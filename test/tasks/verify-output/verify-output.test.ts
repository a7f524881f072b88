import fc from 'fast-check';
import type { Manifest } from '../../../tasks/core/manifest.ts';
import { owedKey, type RunRecord, runKey } from '../../../tasks/core/records.ts';
import { partBatches } from '../../../tasks/verify-output/part-batches.ts';
import { verifyOutput } from '../../../tasks/verify-output/verify-output.ts';
import { MemoryObjectStore } from '../../fakes/memory-object-store.ts';
import { MemoryStateTable } from '../../fakes/memory-state-table.ts';
import { contractOf, manifestOf } from '../../fakes/samples.ts';

const INPUT = { dataset: 'flights', runId: 'R', attempt: 1 };

const verify = (change: (manifest: Manifest) => void, deliver: 'bigquery' | 'none' = 'bigquery') => {
  const manifest = structuredClone(manifestOf('R', 'u1'));
  const objects = new MemoryObjectStore();
  for (const { path, bytes } of [...manifest.changes.parts, ...manifest.quarantine.parts]) {
    objects.put('destination', path.replace('s3://destination/', ''), Buffer.alloc(bytes));
  }
  objects.put('destination', 'exports/flights/R/part-0.csv', 'abc');
  change(manifest);
  objects.put('destination', 'runs/flights/R/contract.json', JSON.stringify(contractOf({ deliver })));
  objects.put('destination', 'runs/flights/R/attempts/1/manifest.json', JSON.stringify(manifest));
  return verifyOutput(INPUT, { objects, table: new MemoryStateTable(), destinationBucket: 'destination' });
};

test('an output that adds up goes on to be copied', async () => {
  expect(await verify(() => {})).toEqual({
    deliver: 'bigquery',
    rows: { read: 10, kept: 8, quarantined: 2, current: 7, superseded: 1 },
    partBatches: [{ ...INPUT, firstPart: 0, lastPart: 0 }],
    owed: [],
    refused: [],
  });
});

test('of thousands of parts that are gone the first are named, and how many there are', async () => {
  const parts = Array.from({ length: 5000 }, (_, index) => ({
    path: `s3://destination/runs/flights/R/attempts/1/changes/gone-${index}.parquet`,
    rows: 0,
    bytes: 1,
  }));
  const refused = verify((manifest) => manifest.changes.parts.push(...parts));
  await expect(refused).rejects.toThrow(/gone-0\.parquet is missing\..* And 4990 more\.$/);
  await expect(refused).rejects.toMatchObject({ message: expect.not.stringContaining('gone-10.') });
});

test('of what is owed goes along as much as an execution can hold, the oldest first', async () => {
  const objects = new MemoryObjectStore();
  const table = new MemoryStateTable();
  const put = async (runId: string, partCount: number) => {
    const folder = `runs/flights/${runId}/attempts/1`;
    const parts = Array.from({ length: partCount }, (_, index) => ({
      path: `s3://destination/${folder}/changes/part-${index}.parquet`,
      rows: index === 0 ? 10 : 0,
      bytes: 1,
    }));
    for (const { path } of parts) objects.put('destination', path.slice('s3://destination/'.length), 'x');
    const counts = { read: 10, kept: 10, quarantined: 0, current: 10, superseded: 0 };
    const manifest = manifestOf(runId, 'u1', {
      rows: counts,
      uploads: [{ uploadId: 'u1', outcome: 'LOADED', ...counts, reasons: [] }],
      changes: { parts },
      quarantine: { parts: [] },
    });
    objects.put('destination', `${folder}/manifest.json`, JSON.stringify(manifest));
    objects.put('destination', `runs/flights/${runId}/contract.json`, JSON.stringify(contractOf()));
    const run: RunRecord = {
      runId,
      dataset: 'flights',
      executionArn: `arn:aws:states:us-east-1:123456789012:execution:ingest:${runId}`,
      startedAt: '2026-11-24T12:00:00.000Z',
      status: 'FAILED',
      redriveCount: 0,
      uploads: [{ uploadId: 'u1', generation: 1 }],
      attempt: 1,
      discardedAttempt: 0,
      plan: null,
      outcome: null,
    };
    await table.write([{ key: runKey('flights', runId), item: run, expectedVersion: null }]);
    await table.write([{ key: owedKey('flights', runId), item: { runId }, expectedVersion: null }]);
  };
  // The largest alone is more than that, and goes along all the same.
  for (const [runId, partCount] of [
    ['A', 11_000],
    ['B', 6000],
    ['C', 4000],
    ['D', 1],
  ] as const)
    await put(runId, partCount);
  await put('R', 1);
  const world = { objects, table, destinationBucket: 'destination' };
  const goesAlong = async () => (await verifyOutput(INPUT, world)).owed.map(({ runId }) => runId);
  expect(await goesAlong()).toEqual(['A']);
  await table.write([{ key: owedKey('flights', 'A'), item: null, expectedVersion: 1 }]);
  expect(await goesAlong()).toEqual(['B', 'C']);
});

test('what was read of a rejected upload counts for no total, though its bad rows are kept for people', async () => {
  const rejected = { read: 10, kept: 6, quarantined: 4, current: 0, superseded: 0 };
  const verified = verify(({ uploads, quarantine }) => {
    uploads.push({ uploadId: 'u2', outcome: 'REJECTED', ...rejected, reasons: [] });
    for (const part of quarantine.parts) part.rows += 4;
  });
  expect(await verified).toMatchObject({ rows: { read: 10, kept: 8, quarantined: 2 } });
});

test('exported parts are looked for in their own folder', async () => {
  const exported = (bytes: number) => (manifest: Manifest) => {
    const path = 's3://destination/exports/flights/R/part-0.csv';
    manifest.exports = { parts: [{ path, rows: 7, bytes }] };
  };
  expect(await verify(exported(3))).toMatchObject({ deliver: 'bigquery' });
  await expect(verify(exported(4))).rejects.toThrow('part-0.csv has 3 bytes, expected 4.');
});

test('a dataset that is not delivered says so', async () => {
  expect(await verify(() => {}, 'none')).toMatchObject({ deliver: 'none' });
});

test.each<[string, (manifest: Manifest) => void, string]>([
  [
    'a lost row',
    (m) => {
      m.rows.quarantined = 1;
    },
    'read 10 is not kept 8 + quarantined 1',
  ],
  [
    'a row neither current nor superseded',
    (m) => {
      m.rows.current = 8;
    },
    'kept 8 is not current 8 + superseded 1',
  ],
  [
    'an upload that is not counted',
    (m) => {
      m.uploads = [];
    },
    'those of its uploads add up to 0',
  ],
  [
    'an upload that contradicts itself',
    (m) => {
      for (const u of m.uploads) u.kept = 9;
    },
    'upload u1',
  ],
  [
    'a part with fewer rows',
    (m) => {
      for (const p of m.changes.parts) p.rows = 1;
    },
    'change set hold 1 row, expected 7',
  ],
  [
    'a part that is not there',
    (m) => {
      for (const p of m.changes.parts) p.path += 'x';
    },
    'a.parquetx is missing',
  ],
  [
    'a part that was cut',
    (m) => {
      for (const p of m.changes.parts) p.bytes = 71;
    },
    'has 70 bytes, expected 71',
  ],
  [
    'lost quarantine',
    (m) => {
      m.quarantine.parts = [];
    },
    'quarantine hold 0 rows, expected 2',
  ],
])('%s is an OutputMismatch that says what contradicts what', async (_name, change, expected) => {
  await expect(verify(change)).rejects.toMatchObject({
    name: 'OutputMismatch',
    message: expect.stringContaining(expected),
  });
});

test('a job that left no manifest, or one of another form, is an OutputMismatch', async () => {
  const objects = new MemoryObjectStore();
  const world = { objects, table: new MemoryStateTable(), destinationBucket: 'destination' };
  await expect(verifyOutput(INPUT, world)).rejects.toMatchObject({ name: 'OutputMismatch' });
  objects.put('destination', 'runs/flights/R/attempts/1/manifest.json', '{"formatVersion":1');
  await expect(verifyOutput(INPUT, world)).rejects.toMatchObject({ name: 'OutputMismatch' });
});

test('batches of parts cover every part once, in order, and stay small', () => {
  const sizes = fc.array(fc.record({ bytes: fc.integer({ min: 0, max: 6 * 1024 ** 3 }) }), {
    maxLength: 200,
  });
  fc.assert(
    fc.property(sizes, (parts) => {
      const batches = partBatches(INPUT, parts);
      const covered = batches.flatMap(({ firstPart, lastPart }) =>
        Array.from({ length: lastPart - firstPart + 1 }, (_, index) => firstPart + index),
      );
      expect(covered).toEqual(parts.map((_, index) => index));
      for (const { firstPart, lastPart } of batches) {
        const bytes = parts.slice(firstPart, lastPart + 1).reduce((sum, part) => sum + part.bytes, 0);
        expect(lastPart === firstPart || bytes <= 4 * 1024 ** 3).toBe(true);
        expect(lastPart - firstPart).toBeLessThan(20);
      }
    }),
  );
});
