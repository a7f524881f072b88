import * as z from 'zod';
import { type Candidate, memoryPerSlot } from './candidates.ts';

/** What an earlier attempt of the run came to, as far as the next plan should differ for it. */
export interface Setback {
  kind: 'memory' | 'lost';
  plan: PlannedCompute;
  /** For people: "Attempt 1 on ... ran out of memory". */
  told: string;
}

/** What a plan in a run's record says of its compute. */
export const plannedComputeSchema = z.object({
  name: z.string(),
  engine: z.enum(['glue', 'emr']),
  machine: z.object({
    instanceType: z.string(),
    instanceCount: z.int(),
    vcpu: z.number(),
    memoryGiB: z.number(),
  }),
  spotCount: z.int(),
});
export type PlannedCompute = z.infer<typeof plannedComputeSchema>;

const OUT_OF_MEMORY =
  /OutOfMemory|out of memory|exit (code|status):? ?137|heap space|GC overhead|memory limits/i;

/** What became of an attempt, from what its job left: `error.json`, or nothing where the job was killed. */
export function setbackOf(attempt: number, plan: PlannedCompute, error: string | null): Setback | null {
  if (error !== null && !OUT_OF_MEMORY.test(error)) return null;
  const kind = error === null && plan.engine === 'emr' ? 'lost' : 'memory';
  const told =
    kind === 'lost'
      ? `Attempt ${attempt} on ${plan.name} ended without a word: its cluster or its memory was lost.`
      : `Attempt ${attempt} on ${plan.name} ${error === null ? 'was ended without a word, as a rule for want of memory' : 'ran out of memory'}.`;
  return { kind, plan, told };
}

/** Whether a candidate does what went wrong better than before. */
export function avoids({ kind, plan }: Setback, candidate: Candidate): boolean {
  const more = memoryPerSlot(candidate) > memoryPerSlot(plan);
  if (kind === 'memory') return more;
  const other = candidate.machine.instanceType !== plan.machine.instanceType;
  return candidate.spotCount === 0 && other && memoryPerSlot(candidate) >= memoryPerSlot(plan);
}
