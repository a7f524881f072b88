import { Readable, Writable } from 'node:stream';
import * as fc from 'fast-check';
import { planFilter } from '../../cli/planning/plan-filter.ts';
import { measuredJobs } from '../bench-sizing/clusters.ts';

const ask = (...lines: string[]) => answersTo(lines.map((line) => `${line}\n`));

async function answersTo(
  chunks: readonly (string | Buffer)[],
): Promise<{ understood: boolean; answers: Record<string, unknown>[] }> {
  const written: string[] = [];
  const output = new Writable({
    write(chunk, _, done) {
      written.push(String(chunk));
      done();
    },
  });
  const understood = await planFilter(Readable.from(chunks), output);
  return {
    understood,
    answers: written
      .join('')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  };
}

const [job] = measuredJobs(5, 'three');
const [asked = [], ...others] = job?.inputs ?? [];
const flat = ({
  features,
  machine: { instanceType, instanceCount },
  runtimeSeconds,
}: (typeof asked)[number]) => ({
  features,
  instanceType,
  instanceCount,
  runtimeSeconds,
});
const question = {
  id: 'q',
  job: job?.job,
  features: asked[0]?.features,
  candidates: asked.map(({ machine }) => machine),
  deadlineSeconds: 2 * Math.min(...asked.map(({ runtimeSeconds }) => runtimeSeconds)),
  history: others.flat().map(flat),
};
const actual = ({ instanceType, instanceCount }: Record<string, unknown>) =>
  asked.find(
    ({ machine }) => machine.instanceType === instanceType && machine.instanceCount === instanceCount,
  );

describe('tidegate plan --jsonl', () => {
  const machine = { instanceType: 'm5.xlarge', instanceCount: 4, vcpu: 4, memoryGiB: 16, pricePerHour: 0.2 };
  const ofSize = (size: number, ...history: [number, number][]) =>
    JSON.stringify({
      features: { size_gb: size },
      candidates: [machine],
      deadlineSeconds: 600,
      history: history.map(([size_gb, runtimeSeconds]) => ({
        features: { size_gb },
        ...machine,
        runtimeSeconds,
      })),
    });

  it('takes a size of zero for little, and tells nothing of sizes by it alone', async () => {
    const { answers } = await ask(
      ofSize(0, [0, 50], [10, 200], [20, 350]),
      ofSize(10, [0, 50]),
      ofSize(0, [10, 50]),
    );
    const [known, above, below] = answers.map(({ predictedSeconds }) => Number(predictedSeconds));
    expect(known).toBeGreaterThan(25);
    expect(known).toBeLessThan(100);
    expect(above).toBeGreaterThan(15);
    expect(above).toBeLessThan(1000);
    expect(below).toBeGreaterThan(15);
    expect(below).toBeLessThanOrEqual(55);
  });

  it('says where no time can be told', async () => {
    const { answers } = await ask(ofSize(1e300, [10, 50], [20, 80]));
    expect(answers).toEqual([{ error: expect.stringContaining('too large') }]);
  });

  it('answers each line with a candidate and its time between bounds', async () => {
    const { understood, answers } = await ask(
      JSON.stringify(question),
      JSON.stringify({ ...question, history: [] }),
      JSON.stringify({ ...question, history: question.history.slice(0, 2) }),
    );
    expect(understood).toBe(true);
    expect(answers).toHaveLength(3);
    for (const answer of answers) {
      expect(actual(answer)).toBeDefined();
      const { low, predictedSeconds, high } = answer as Record<string, number>;
      expect(low).toBeLessThan(predictedSeconds ?? 0);
      expect(high).toBeGreaterThan(predictedSeconds ?? 0);
    }
  });

  it('meets the deadline at little more than the least cost, once it has seen other inputs', async () => {
    const { answers } = await ask(JSON.stringify(question));
    const chosen = actual(answers[0] ?? {});
    const cost = ({ machine, runtimeSeconds }: (typeof asked)[number]) =>
      machine.pricePerHour * machine.instanceCount * runtimeSeconds;
    const least = Math.min(
      ...asked.filter(({ runtimeSeconds }) => runtimeSeconds <= question.deadlineSeconds).map(cost),
    );
    expect(chosen && cost(chosen) / least).toBeLessThan(1.5);
  });

  it('reads lines that hold what else ends lines, a byte order mark, no line feed at the end, and no history', async () => {
    const { history: _, ...without } = question;
    const { understood, answers } = await ask(
      `\uFEFF${JSON.stringify({ ...question, id: 'a\u2028b\u2029c\u0085d' })}\r`,
      '',
      JSON.stringify({ ...question, history: null }),
      JSON.stringify(without),
    );
    expect(understood).toBe(true);
    expect(answers).toHaveLength(3);
    expect(answers[2]).toEqual(answers[1]);
  });

  it('reads bytes however they are cut', async () => {
    const bytes = Buffer.from(`${JSON.stringify({ ...question, id: 'Zürich 🏔' })}\n`.repeat(2));
    const whole = await ask(JSON.stringify(question));
    const cut = Array.from({ length: Math.ceil(bytes.length / 7) }, (_, at) =>
      bytes.subarray(7 * at, 7 * (at + 1)),
    );
    const { understood, answers } = await answersTo(cut);
    expect(understood).toBe(true);
    expect(answers).toEqual([whole.answers[0], whole.answers[0]]);
  });

  it('takes runs of a type whose candidates are of two sizes alike in any order of these', async () => {
    const sizes = [machine, { ...machine, vcpu: 16, memoryGiB: 64 }];
    const asked = { features: { size_gb: 10 }, deadlineSeconds: 600 };
    const history = [2, 8].map((instanceCount) => ({
      ...{ ...machine, instanceCount },
      features: { size_gb: 10 },
      runtimeSeconds: 900 / instanceCount,
    }));
    const { answers } = await ask(
      JSON.stringify({ ...asked, history, candidates: sizes }),
      JSON.stringify({ ...asked, history, candidates: sizes.toReversed() }),
    );
    expect(answers[1]).toEqual(answers[0]);
  });

  it('answers what it does not understand with the reason, and goes on', async () => {
    const { understood, answers } = await ask('no JSON', '{"features":{}}', JSON.stringify(question));
    expect(understood).toBe(false);
    expect(answers.map((answer) => Object.keys(answer)[0])).toEqual(['error', 'error', 'instanceType']);
  });

  it.each([
    [{ features: { size: '1' } }, 'features.size: expected number, received string'],
    [{ candidates: [] }, 'candidates: expected array to have >=1 items'],
    [{ deadlineSeconds: 0 }, 'deadlineSeconds: expected number to be >0'],
    [
      { candidates: [{ ...machine, vcpu: -1, memoryGiB: null }] },
      'candidates[0].vcpu: expected number to be >0; candidates[0].memoryGiB: expected number, received null',
    ],
    [
      { history: [{ ...machine, features: {}, runtimeSeconds: 'x' }] },
      'history[0].runtimeSeconds: expected number, received string',
    ],
  ])('tells in one line where %j is wrong, and what was expected', async (changes, error) => {
    const { answers } = await ask(JSON.stringify({ ...question, ...changes }));
    expect(answers).toEqual([{ error }]);
  });

  it('never chooses a candidate because its price was raised', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: question.candidates.length - 1 }),
        fc.integer({ min: 0, max: 40 }),
        fc.double({ min: 0.3, max: 3, noNaN: true }),
        fc.double({ min: 1.01, max: 5, noNaN: true }),
        async (raised, runs, looseness, factor) => {
          const asked = {
            ...question,
            history: question.history.slice(0, runs),
            deadlineSeconds: question.deadlineSeconds * looseness,
          };
          const dearer = asked.candidates.with(raised, {
            ...(asked.candidates[raised] as (typeof asked.candidates)[number]),
            pricePerHour: (asked.candidates[raised]?.pricePerHour ?? 0) * factor,
          });
          const { answers } = await ask(
            JSON.stringify(asked),
            JSON.stringify({ ...asked, candidates: dearer }),
          );
          const [before, after] = answers.map(
            ({ instanceType, instanceCount }) => `${instanceCount} x ${instanceType}`,
          );
          const its = `${dearer[raised]?.instanceCount} x ${dearer[raised]?.instanceType}`;
          if (before !== its) expect(after).toBe(before);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('answers a deadline that is worlds away from any time', async () => {
    const deadlines = [1e-300, 1e-20, 1e25, 1e308];
    const lines = deadlines.map((deadlineSeconds) =>
      JSON.stringify({ ...question, history: [], deadlineSeconds }),
    );
    const { understood, answers } = await ask(...lines);
    expect(understood).toBe(true);
    for (const { predictedSeconds, low, high } of answers) {
      expect(Number(low)).toBeLessThan(Number(predictedSeconds));
      expect(Number(high)).toBeGreaterThan(Number(predictedSeconds));
    }
  });

  it('takes the cheaper of two candidates that differ by nothing else', async () => {
    const [first, ...more] = question.candidates;
    const twin = { ...first, pricePerHour: 2 * (first?.pricePerHour ?? 0) };
    const { answers } = await ask(
      ...[question.history, []].flatMap((history) => [
        JSON.stringify({ ...question, history }),
        JSON.stringify({ ...question, history, candidates: [twin, ...more, first] }),
      ]),
    );
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[3]).toEqual(answers[2]);
  });

  it('answers alike in any order of candidates, and never slower to a tighter deadline', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(question.candidates, { minLength: question.candidates.length }),
        fc.integer({ min: 0, max: 40 }),
        fc.double({ min: 0.3, max: 3, noNaN: true }),
        fc.double({ min: 0.3, max: 1, noNaN: true }),
        async (candidates, runs, looseness, tightness) => {
          const deadlineSeconds = question.deadlineSeconds * looseness;
          const same = { ...question, history: question.history.slice(0, runs), deadlineSeconds };
          const { answers } = await ask(
            JSON.stringify(same),
            JSON.stringify({ ...same, candidates }),
            JSON.stringify({ ...same, deadlineSeconds: deadlineSeconds * tightness }),
          );
          expect(answers[1]).toEqual(answers[0]);
          if (runs > 0) {
            expect(Number(answers[2]?.['predictedSeconds'])).toBeLessThanOrEqual(
              Number(answers[0]?.['predictedSeconds']),
            );
          }
        },
      ),
      { numRuns: 15 },
    );
  });
});
