import type { Readable, Writable } from 'node:stream';
import * as z from 'zod';
import { cheapestWithin } from '../../tasks/plan-run/model/cheapest-within.ts';
import { genericPrior } from '../../tasks/plan-run/model/generic-prior.ts';
import { type Run, RuntimeModel } from '../../tasks/plan-run/model/runtime-model.ts';

const features = z.record(z.string(), z.number());
const instances = { instanceType: z.string().min(1), instanceCount: z.int().min(1) };
const questionSchema = z.looseObject({
  features,
  candidates: z
    .array(
      z.looseObject({
        ...instances,
        vcpu: z.number().positive(),
        memoryGiB: z.number().positive(),
        pricePerHour: z.number().min(0),
      }),
    )
    .min(1),
  deadlineSeconds: z.number().positive(),
  /** Parsed once for all questions that share it. */
  history: z
    .array(z.unknown())
    .nullish()
    .transform((history) => history ?? []),
});
const historySchema = z.object({
  history: z.array(z.looseObject({ features, ...instances, runtimeSeconds: z.number().positive() })),
});

/** Models of the histories that were asked about last. */
const REMEMBERED = 64;

/**
 * Answers every line of JSON, a question about a job on measured clusters, by one line as soon as it is read:
 * `{"instanceType","instanceCount","predictedSeconds","low","high"}`. A line that is no such question is answered
 * `{"error"}`.
 * @returns whether every line was a question.
 */
export async function planFilter(input: Readable, output: Writable): Promise<boolean> {
  const models = new Map<string, RuntimeModel>();
  let understood = true;
  for await (const line of linesOf(input)) {
    if (line.trim() === '') continue;
    let answer: object;
    try {
      answer = answerTo(questionSchema.parse(JSON.parse(line)), models);
    } catch (error) {
      understood = false;
      answer = { error: error instanceof z.ZodError ? deviations(error) : String(error) };
    }
    output.write(`${JSON.stringify(answer)}\n`);
  }
  return understood;
}

/** Lines end at a line feed alone: JSON's texts may hold what else Unicode ends lines by. */
async function* linesOf(input: Readable): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let begun = '';
  for await (const chunk of input) {
    const [first = '', ...more] = decoder.decode(Buffer.from(chunk), { stream: true }).split('\n');
    begun += first;
    for (const next of more) {
      yield begun;
      begun = next;
    }
  }
  yield begun + decoder.decode();
}

/** Each with where it is and what was expected there. */
const deviations = ({ issues }: z.ZodError): string =>
  issues
    .map(({ path, message }) => [z.core.toDotPath(path), message.replace(/^[^:]+: (?=expected)/, '')])
    .map((told) => told.filter(Boolean).join(': '))
    .join('; ');

function answerTo(
  { features: asked, candidates, deadlineSeconds, history }: z.output<typeof questionSchema>,
  models: Map<string, RuntimeModel>,
): object {
  const chosen = cheapestWithin(candidates, asked, deadlineSeconds, (around) => {
    if (history.length === 0) return new RuntimeModel([], genericPrior, around);
    // Where a type's candidates are of several sizes, its runs are taken to be of the smallest.
    const sizes = new Map(
      candidates
        .toSorted((a, b) => b.vcpu - a.vcpu || b.memoryGiB - a.memoryGiB)
        .map(({ instanceType, vcpu, memoryGiB }) => [instanceType, { vcpu, memoryGiB }]),
    );
    const name = JSON.stringify([history, [...sizes].sort(([a], [b]) => (a < b ? -1 : 1))]);
    const model = models.get(name) ?? new RuntimeModel(runsOf(history, sizes), genericPrior, around);
    models.delete(name);
    models.set(name, model);
    for (const [oldest] of models) if (models.size > REMEMBERED) models.delete(oldest);
    return model;
  });
  if (!chosen) return { error: 'no candidates' };
  if (!Number.isFinite(chosen.high))
    return { error: 'features and machines: too large or too small to estimate a time from' };
  const { instanceType, instanceCount } = chosen.machine;
  const rounded = (seconds: number): number => Math.round(seconds * 1000) / 1000;
  return {
    instanceType,
    instanceCount,
    predictedSeconds: rounded(chosen.seconds),
    low: rounded(chosen.low),
    high: rounded(chosen.high),
  };
}

type Size = Pick<Run['machine'], 'vcpu' | 'memoryGiB'>;

function runsOf(history: readonly unknown[], sizes: ReadonlyMap<string, Size>): Run[] {
  return historySchema
    .parse({ history })
    .history.map(({ features: of, runtimeSeconds, instanceType, instanceCount }) => ({
      features: of,
      machine: { instanceType, instanceCount, ...(sizes.get(instanceType) ?? machineByName(instanceType)) },
      runtimeSeconds,
    }));
}

/** vCPUs and GiB of an instance that is no candidate, by how Amazon EC2 names sizes and families. */
function machineByName(instanceType: string): Size {
  const [family = '', size = ''] = instanceType.split('.');
  const times = /^(\d+)xlarge$/.exec(size)?.[1];
  const vcpu = times ? 4 * Number(times) : size === 'xlarge' ? 4 : 2;
  const perVcpu = /^[rx]/.test(family) ? 8 : /^c/.test(family) ? 2 : 4;
  return { vcpu, memoryGiB: vcpu * perVcpu };
}
