import { type Random, randomOf } from '../../../tasks/plan-run/model/seeded-random.ts';

/** CSV files of known row counts that mislead who looks only at their beginning. */
export const SPECIES = ['plain', 'widening', 'narrowing', 'blocked', 'quoted', 'bursts', 'section'] as const;
export type Species = (typeof SPECIES)[number];

export interface Animal {
  name: string;
  text: Buffer;
  rows: number;
}

const MAX_WIDTH = 60_000;
/** Text that compresses to two thirds only, so that gzip of it, too, is longer than what is read of a file. */
const LETTERS = Buffer.from(lettersOf(1_000_000));
const [HEADER, BEGINNING, QUOTED_BEGINNING, MIDDLE, LINES, END, QUOTED_END] = [
  'id,name,note,amount\n',
  '1234567,name,',
  '1234567,name,"',
  ',""so"" ',
  '\n1,2,""so"" ',
  ',1.25\n',
  '",1.25\n',
].map((text) => Buffer.from(text)) as [Buffer, Buffer, Buffer, Buffer, Buffer, Buffer, Buffer];

/** A file of about so many bytes; `multiLine` puts line ends inside quotes. */
export function animal(species: Species, sizeBytes: number, seed: number, multiLine = false): Animal {
  const random = randomOf(seed);
  const width = rowWidths(species, random);
  const text = Buffer.allocUnsafe(sizeBytes + 2 * MAX_WIDTH);
  let [at, rows] = [HEADER.copy(text), 0];
  while (at < sizeBytes) {
    const quoted = species === 'quoted' || multiLine || rows % 10 === 0;
    const filling = Math.max(2, Math.min(MAX_WIDTH, Math.round(width(at / sizeBytes)) - 24));
    const start = random.below(LETTERS.length - MAX_WIDTH);
    at += (quoted ? QUOTED_BEGINNING : BEGINNING).copy(text, at);
    at += LETTERS.copy(text, at, start, start + (filling >> 1));
    if (quoted) at += (multiLine && random.next() < 0.3 ? LINES : MIDDLE).copy(text, at);
    at += LETTERS.copy(text, at, start, start + (filling >> 1));
    at += (quoted ? QUOTED_END : END).copy(text, at);
    rows += 1;
  }
  return { name: `${species} ${seed}${multiLine ? ' multi-line' : ''}`, text: text.subarray(0, at), rows };
}

/** The width of a row, by where in the file it stands (0 to 1). */
function rowWidths(species: Species, random: Random): (at: number) => number {
  const base = 40 + 160 * random.next();
  const noisy = (mean: number): number => mean * random.factor(0.3);
  const growth = 2 + 6 * random.next();
  switch (species) {
    case 'widening':
      return (at) => noisy(base * (1 + (growth - 1) * at));
    case 'narrowing':
      return (at) => noisy(base * (growth - (growth - 1) * at));
    case 'blocked': {
      const edges = Array.from({ length: 2 + random.below(10) }, random.next).sort((a, b) => a - b);
      const widths = [base, ...edges.map(() => base * random.factor(0.8))];
      return (at) => noisy(widths[edges.filter((edge) => edge < at).length] ?? base);
    }
    case 'bursts': {
      const [period, share] = [0.01 + 0.1 * random.next(), 0.1 + 0.4 * random.next()];
      return (at) => noisy((at / period) % 1 < share ? base * growth : base);
    }
    case 'section': {
      const share = 0.02 + 0.1 * random.next();
      const from = (1 - share) * random.next();
      return (at) => noisy(at >= from && at < from + share ? base : base * growth);
    }
    case 'quoted': {
      const [often, huge] = [0.01 * random.next(), 500 + 4000 * random.next()];
      return () => noisy(random.next() < often ? huge : base);
    }
    default:
      return () => noisy(base);
  }
}

function lettersOf(count: number): Uint8Array {
  const random = randomOf(count);
  const alphabet = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ abcdefghijklmnopqrstuvwxyz 0123456789');
  return Uint8Array.from({ length: count }, () => alphabet[random.below(alphabet.length)] ?? 0);
}
