import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import type { Contract } from '../../../tasks/core/contract.ts';
import {
  estimate,
  estimateFile,
  estimateFiles,
  type Source,
} from '../../../tasks/plan-run/estimate/estimate.ts';
import {
  BLOCK_BYTES,
  type FileEstimate,
  MAX_BLOCKS,
  type RangeReader,
} from '../../../tasks/plan-run/estimate/file-estimate.ts';
import type { Interval } from '../../../tasks/plan-run/estimate/interval.ts';
import { randomOf } from '../../../tasks/plan-run/model/seeded-random.ts';
import { workloadOf } from '../../../tasks/plan-run/workload.ts';
import { MemoryObjectStore } from '../../fakes/memory-object-store.ts';
import { contractOf } from '../../fakes/samples.ts';
import { longFile, longGzip } from './long-files.ts';
import { type Animal, animal, SPECIES } from './zoo.ts';

const dialect = (changes: Partial<Contract['csv']> = {}): Contract['csv'] => ({
  ...contractOf().csv,
  ...changes,
});

/** Estimates bytes, and holds every read to the limits. */
async function look(
  bytes: Buffer,
  compression: 'none' | 'gzip' = 'none',
  csv = dialect(),
): Promise<FileEstimate> {
  let reads = 0;
  const read: RangeReader = async ({ start, end }) => {
    reads += 1;
    expect(end - start + 1).toBeLessThanOrEqual(BLOCK_BYTES);
    expect(start).toBeGreaterThanOrEqual(0);
    expect(start).toBeLessThanOrEqual(end);
    return bytes.subarray(start, end + 1);
  };
  const found = await estimateFile({ sizeBytes: bytes.length, compression }, read, csv);
  expect(reads).toBeLessThanOrEqual(MAX_BLOCKS);
  expect(found.reads).toBe(reads);
  return found;
}

const errorOf = ({ rows }: FileEstimate, truth: number): number => Math.abs(rows.value - truth) / truth;
const holds = ({ rows }: FileEstimate, truth: number): boolean => held(rows, truth);

const held = ({ low, high }: Interval, truth: number): boolean => low <= truth && truth <= high;

const isInterval = (figure: number | Interval): figure is Interval => typeof figure === 'object';

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

const zoo = (perSpecies: number, sizeBytes: number, multiLine = false): Animal[] =>
  SPECIES.flatMap((species) =>
    Array.from({ length: perSpecies }, (_, seed) => animal(species, sizeBytes, seed + 1, multiLine)),
  );

// Megabytes are looked through byte by byte: how long that takes is the machine's affair.
jest.setTimeout(180_000);

describe('rows are estimated', () => {
  it('within 3% in 95 of 100 files of every kind, and mostly within the interval', async () => {
    const animals = zoo(3, 5_500_000);
    const found = await Promise.all(animals.map(({ text }) => look(text)));
    const errors = found.map((file, index) => errorOf(file, animals[index]?.rows ?? 0));
    expect(quantile(errors, 0.95)).toBeLessThanOrEqual(0.03);
    const holding = found.filter((file, index) => holds(file, animals[index]?.rows ?? 0));
    expect(holding.length / animals.length).toBeGreaterThanOrEqual(0.85);
  });

  it('with an interval that holds the truth of multi-line files in 85 of 100', async () => {
    const animals = zoo(2, 5_500_000, true);
    const found = await Promise.all(
      animals.map(({ text }) => look(text, 'none', dialect({ multiLine: true }))),
    );
    const holding = found.filter((file, index) => holds(file, animals[index]?.rows ?? 0));
    expect(holding.length / animals.length).toBeGreaterThanOrEqual(0.85);
    const errors = found.map((file, index) => errorOf(file, animals[index]?.rows ?? 0));
    expect(quantile(errors, 0.9)).toBeLessThanOrEqual(0.05);
  });

  it('where a short section has far narrower rows, wherever it lies', async () => {
    for (const [share, wide, narrow] of [
      [0.05, 100, 10],
      [0.1, 100, 10],
      [0.05, 50, 2000],
    ] as const) {
      for (let from = 0.03; from < 0.9; from += 0.07) {
        const { text, rows } = sectioned(20_000_000, { from, share }, wide, narrow);
        const found = await look(text);
        expect(errorOf(found, rows)).toBeLessThanOrEqual(0.03);
        expect(holds(found, rows)).toBe(true);
      }
    }
  });

  it('exactly where the file is small enough to be read whole', async () => {
    for (const { text, rows } of zoo(1, 900_000)) {
      expect((await look(text)).rows).toEqual({ value: rows, low: rows, high: rows });
      expect((await look(gzipSync(text), 'gzip')).rows).toEqual({ value: rows, low: rows, high: rows });
    }
  });

  it('exactly up to 4 MiB, however much the rows vary', async () => {
    for (const kibibytes of [1100, 1500, 2000, 3000, 3900, 4096]) {
      const { text, rows } = animal('bursts', kibibytes * 1024 - 70_000, kibibytes);
      expect((await look(text)).rows).toEqual({ value: rows, low: rows, high: rows });
    }
  });

  it('exactly where the last range has a few bytes only', async () => {
    const text = Buffer.from('1,abcdefgh\n'.repeat(95_326)).subarray(0, 16 * BLOCK_BYTES + 3);
    expect((await look(text)).rows).toEqual({ value: 95_325, low: 95_325, high: 95_325 });
  });

  it('exactly for any small file, with or without a last line end', async () => {
    const field = fc.stringMatching(/^[a-z ]{0,12}$/).map((text) => (text === '' ? 'x' : text));
    const file = fc.record({
      rows: fc.array(fc.tuple(field, field), { maxLength: 40 }),
      lineEnd: fc.constantFrom('\n', '\r\n', '\r'),
      lastEnd: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(file, async ({ rows, lineEnd, lastEnd }) => {
        const lines = ['id,note', ...rows.map(([id, note]) => `${id},"${note},"`)];
        const text = Buffer.from(lines.join(lineEnd) + (lastEnd ? lineEnd : ''));
        expect((await look(text)).rows.value).toBe(rows.length);
      }),
      { numRuns: 60 },
    );
  });

  it('without blank lines, comments, skipped rows and the header', async () => {
    const csv = dialect({ skipRows: 1, comment: '#', multiLine: true });
    const text = 'made by hand\nid,note\n1,a\n\n# 2,b\n3,"c\n\n# no comment"\r\n\r\n4,d';
    expect((await look(Buffer.from(text), 'none', csv)).rows.value).toBe(3);
  });

  it('and the columns of the first record counted', async () => {
    const csv = dialect({ skipRows: 1, comment: '#' });
    const text = Buffer.from('made, by, hand, in, May\n# a,b\nid,"a, note",c\n1,2,3\n');
    expect((await look(text, 'none', csv)).columns).toBe(3);
    expect((await look(gzipSync(text), 'gzip', csv)).columns).toBe(3);
    expect((await look(Buffer.alloc(0))).columns).toBe(0);
  });

  it('of UTF-16 by its units', async () => {
    const text = Buffer.from(`\ufeffid,note\n${'7,\u0a0a\n'.repeat(200_000)}`, 'utf16le');
    const found = await look(text, 'none', dialect({ encoding: 'UTF-16' }));
    expect(errorOf(found, 200_000)).toBeLessThan(0.005);
  });
});

describe('a compressed file', () => {
  it('has the length that its end states', async () => {
    const { text } = animal('plain', 10_000_000, 3);
    const found = await look(incompressible(text), 'gzip');
    expect(found.textBytes.low).toBe(found.textBytes.high);
    expect(found.unsplittableBytes).toBe(found.textBytes.value);
  });

  it('of several members has not the length that the last of them states', async () => {
    const rows = Buffer.from(hardRows(40_000));
    for (const [first, last] of [
      [8, 5],
      [3, 8],
    ] as const) {
      const member = (times: number): Buffer =>
        gzipSync(Buffer.concat(Array.from({ length: times }, () => rows)), { level: 1 });
      const found = await look(Buffer.concat([member(first), member(last)]), 'gzip');
      expect(held(found.textBytes, (first + last) * rows.length)).toBe(true);
      expect(found.textBytes.high).toBeGreaterThan(found.textBytes.low);
    }
  });

  it('of many gigabytes is not told by its end', async () => {
    const [easy, hard] = [Buffer.from(easyRows(20_000)), Buffer.from(hardRows(20_000))];
    for (const texts of [
      [
        { text: easy, times: 200 },
        { text: hard, times: 5500 },
      ],
      [
        { text: hard, times: 20 },
        { text: easy, times: 20_000 },
      ],
    ]) {
      const { sizeBytes, textBytes, read } = longGzip(texts);
      const found = await estimateFile({ sizeBytes, compression: 'gzip' }, read, dialect());
      expect(held(found.textBytes, textBytes)).toBe(true);
      expect(found.textBytes.high).toBeGreaterThan(2 * found.textBytes.low);
      const rows = texts.reduce(
        (sum, { text, times }) => sum + times * (text.toString().split('\n').length - 1),
        0,
      );
      expect(held(found.rows, rows)).toBe(true);
    }
  });

  it('that compresses better behind its beginning has still the length that its end states', async () => {
    const texts = [
      { text: Buffer.from(hardRows(20_000)), times: 12 },
      { text: Buffer.from(easyRows(20_000)), times: 30 },
    ];
    const { sizeBytes, textBytes, read } = longGzip(texts);
    const found = await estimateFile({ sizeBytes, compression: 'gzip' }, read, dialect());
    expect(found.textBytes).toEqual({ value: textBytes, low: textBytes, high: textBytes });
  });

  it('has an interval that holds the truth in 85 of 100 files that are too long to be read whole', async () => {
    const animals = zoo(3, 8_000_000);
    const found = await Promise.all(animals.map(({ text }) => look(incompressible(text), 'gzip')));
    const holding = found.filter((file, index) => holds(file, animals[index]?.rows ?? 0));
    expect(holding.length / animals.length).toBeGreaterThanOrEqual(0.85);
  });

  it('that cannot be read is none that is broken', async () => {
    const read: RangeReader = async () => {
      throw new Error('S3 is down');
    };
    await expect(estimateFile({ sizeBytes: 999, compression: 'gzip' }, read, dialect())).rejects.toThrow(
      'S3 is down',
    );
  });

  it('that is none and very short is estimated, too', async () => {
    for (const text of ['ab', 'a,b\n', 'a,b\n1,2', 'a,b\n1,2\n']) {
      const { rows, textBytes, reads } = await look(Buffer.from(text), 'gzip');
      expect(textBytes.value).toBeGreaterThanOrEqual(text.length);
      expect(rows.low).toBeLessThanOrEqual(rows.value);
      expect(reads).toBe(2);
    }
  });

  it('of any bytes, whole, broken or none, has rows within their interval', async () => {
    const text = fc.string({ maxLength: 300 }).map((content) => Buffer.from(content));
    const broken = fc
      .tuple(text, fc.nat(), fc.nat({ max: 255 }))
      .map(([content, at, byte]) => gzipSync(content).fill(byte, at % 20, (at % 20) + 1));
    const cut = fc.tuple(text, fc.nat()).map(([content, at]) => {
      const bytes = gzipSync(content);
      return bytes.subarray(0, 1 + (at % bytes.length));
    });
    await fc.assert(
      fc.asyncProperty(fc.oneof(text, broken, cut), async (bytes) => {
        for (const { low, value, high } of Object.values(await look(bytes, 'gzip')).filter(isInterval)) {
          expect(low).toBeGreaterThanOrEqual(0);
          expect(value).toBeGreaterThanOrEqual(low);
          expect(high).toBeGreaterThanOrEqual(value);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('that is none is estimated all the same: the job will say what is wrong', async () => {
    const found = await look(Buffer.alloc(5_000_000, 'no gzip\n'), 'gzip');
    expect(found.textBytes.value).toBeGreaterThan(5_000_000);
    expect(found.rows.low).toBeLessThanOrEqual(found.rows.value);
  });
});

describe('huge fields', () => {
  const multiLine = dialect({ multiLine: true });
  const lookLong = async (parts: Parameters<typeof longFile>[0], csv = multiLine): Promise<FileEstimate> => {
    const { sizeBytes, read } = longFile(parts);
    return estimateFile({ sizeBytes, compression: 'none' }, read, csv);
  };
  const line = (row: number): string => `${row},hello world,${row % 7}\n`;
  const lines = (count: number): string => Array.from({ length: count }, (_, row) => line(row)).join('');
  const header = { text: Buffer.from('id,note,count\n'), times: 1 };

  it('that are read whole are no rows', async () => {
    const huge = `1,"${'text\n'.repeat(200_000)}"\n`;
    const text = Buffer.from(`id,note\n${huge}${'2,"a"\n'.repeat(1000)}${huge}`);
    expect((await look(text, 'none', multiLine)).rows.value).toBe(1002);
  });

  it.each([
    ['in quotes', '"'],
    ['without quotes', ''],
  ])('%s in which no row ends leave open how many rows there are', async (_, quote) => {
    const row = { text: Buffer.from(`1,${quote}${'x'.repeat(8_000_000)}${quote},2\n`), times: 300 };
    for (const csv of [dialect(), multiLine]) {
      const found = await lookLong([header, row], csv);
      expect(found.rows.low).toBeLessThanOrEqual(300);
      expect(found.rows.value).toBeGreaterThanOrEqual(1);
      expect(found.rows.high).toBeGreaterThanOrEqual(300);
      expect(found.rows.high).toBeLessThan(3000);
      const told = workloadOf(found, contractOf(), 0)
        .fired.map(({ condition }) => condition)
        .join();
      expect(told).toContain('row is wide');
      expect(told).toContain('estimate is vague');
      expect(told).not.toContain('row is usual');
    }
  });

  it('whose lines look like rows are none of them', async () => {
    const found = await lookLong([header, { text: Buffer.from(`1,"${lines(8000)}",2\n`), times: 2000 }]);
    expect(errorOf(found, 2000)).toBeLessThan(0.3);
    expect(holds(found, 2000)).toBe(true);
  });

  it('among usual rows leave open whose lines are rows', async () => {
    const usual = { text: Buffer.from(lines(8000)), times: 1 };
    const huge = { text: Buffer.from(`1,"${lines(8000)}",2\n`), times: 1 };
    const parts = Array.from({ length: 600 }, (_, index) => (index % 20 < 10 ? usual : huge));
    const found = await lookLong([header, ...parts]);
    const rows = 300 * 8000 + 300;
    expect(holds(found, rows)).toBe(true);
    expect(found.rows.high).toBeGreaterThan(1.5 * found.rows.low);
  });

  it('are not taken for granted where quotes stand in unquoted fields, too', async () => {
    const text = Array.from({ length: 400_000 }, (_, row) => `${row},pipe of 5",${row % 7}\n`).join('');
    const found = await lookLong([header, { text: Buffer.from(text), times: 1 }]);
    expect(errorOf(found, 400_000)).toBeLessThan(0.03);
  });

  it('of a compressed file in which no row ends are no usual rows', async () => {
    const zeros = Buffer.alloc(1_000_000);
    const { sizeBytes, read } = longGzip([{ text: zeros, times: 2000 }]);
    const { rows } = await estimateFile({ sizeBytes, compression: 'gzip' }, read, dialect());
    expect(rows.low).toBeLessThanOrEqual(1);
    expect(rows.value).toBeLessThan(100);
  });
});

it('of a large file that is gone meanwhile is finite', async () => {
  const { rows } = await estimateFile(
    { sizeBytes: 1e9, compression: 'none' },
    async () => new Uint8Array(),
    contractOf().csv,
  );
  expect([rows.value, rows.low, rows.high].every(Number.isFinite)).toBe(true);
});

it('several files are one', async () => {
  const objects = new MemoryObjectStore();
  const uploads = SPECIES.map((species, index) => {
    const { text, rows } = animal(species, 300_000, index);
    const compression = index % 2 === 0 ? ('none' as const) : ('gzip' as const);
    const stored = compression === 'gzip' ? gzipSync(text) : text;
    objects.put('destination', `runs/${index}`, stored);
    return { input: `s3://destination/runs/${index}`, sizeBytes: stored.length, compression, rows, text };
  });
  const found = await estimate(uploads, contractOf(), objects);
  expect(found.rows.value).toBe(uploads.reduce((sum, { rows }) => sum + rows, 0));
  expect(found.textBytes.value).toBe(uploads.reduce((sum, { text }) => sum + text.length, 0));
  expect(found.longestTaskBytes).toBe(
    Math.max(...uploads.slice(1).map(({ text }, i) => (i % 2 ? 0 : text.length))),
  );
});

/** Gzip at its lowest effort, so that a test's file is longer than what is read of one. */
function incompressible(text: Buffer): Buffer {
  return gzipSync(text, { level: 0 });
}

describe('many files', () => {
  const sources = (count: number, { text }: Animal, read: RangeReader): Source[] =>
    Array.from({ length: count }, () => ({ sizeBytes: text.length, compression: 'none', read }));

  it('are read a little each, and told the better together', async () => {
    const animals = Array.from({ length: 12 }, (_, seed) => animal('bursts', 6_000_000, seed));
    const files = Array.from({ length: 240 }, (_, index) => animals[index % 12] as Animal);
    const found = await estimateFiles(
      files.flatMap((one) => sources(1, one, async ({ start, end }) => one.text.subarray(start, end + 1))),
      dialect(),
    );
    expect(found.reads).toBeLessThanOrEqual(240 * 18);
    const truth = files.reduce((sum, { rows }) => sum + rows, 0);
    expect(errorOf(found, truth)).toBeLessThan(0.03);
  });

  it('are looked into a few at a time', async () => {
    const one = animal('plain', 6_000_000, 1);
    let [reading, most] = [0, 0];
    const found = await estimateFiles(
      sources(40, one, async ({ start, end }) => {
        reading += 1;
        most = Math.max(most, reading);
        await new Promise((resolve) => setImmediate(resolve));
        reading -= 1;
        return one.text.subarray(start, end + 1);
      }),
      dialect(),
    );
    expect(found.reads).toBe(40 * MAX_BLOCKS);
    expect(most * BLOCK_BYTES).toBeLessThanOrEqual(8 * 3 * 1024 * 1024);
  });
});

/** A file of wide rows, and narrow ones in one section, given in shares of its length. */
function sectioned(
  sizeBytes: number,
  { from, share }: { from: number; share: number },
  wide: number,
  narrow: number,
): { text: Buffer; rows: number } {
  const rowsOf = (bytes: number, width: number) => {
    const row = `1,${'a'.repeat(width - 3)}\n`;
    return { text: row, rows: Math.round(bytes / row.length) };
  };
  const parts = [
    rowsOf(from * sizeBytes, wide),
    rowsOf(share * sizeBytes, narrow),
    rowsOf((1 - from - share) * sizeBytes, wide),
  ];
  return {
    text: Buffer.concat([
      Buffer.from('id,note\n'),
      ...parts.map(({ text, rows }) => Buffer.alloc(text.length * rows, text)),
    ]),
    rows: parts.reduce((sum, { rows }) => sum + rows, 0),
  };
}

/** Rows that compress to less than a hundredth. */
const easyRows = (count: number): string =>
  Array.from({ length: count }, (_, row) => `2024-01-01,${'A'.repeat(36)},0,0,0,${row % 10}\n`).join('');

/** Rows of digits, which compress to about half. */
function hardRows(count: number): string {
  const random = randomOf(count);
  const digits = (): number => random.below(1e9);
  return Array.from({ length: count }, () => `${digits()},${digits()},${digits()}${digits()}\n`).join('');
}
