import * as z from 'zod';
import { saysOutOfMemory } from '../../core/compute/out-of-memory.ts';
import { type Candidate, memoryPerSlot } from '../candidates.ts';

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
  taskCpus: z.int().default(1),
});
export type PlannedCompute = z.infer<typeof plannedComputeSchema>;

/** What an earlier attempt of the run came to, as far as later plans should differ for it; kept with the plan. */
export const setbackSchema = z.object({
  /** It said that memory ran out, it took longer than its limit, or it ended without a word. */
  kind: z.enum(['memory', 'time', 'lost']),
  plan: plannedComputeSchema,
  /** For people: "Attempt 1 on ... ran out of memory." */
  told: z.string(),
});
export type Setback = z.infer<typeof setbackSchema>;

/**
 * What became of an attempt.
 * @param error what its job left, `error.json`; null: nothing, the job was killed.
 * @param cause what is recorded of its end besides.
 */
export function setbackOf(
  attempt: number,
  plan: PlannedCompute,
  error: string | null,
  cause = '',
): Setback | null {
  if (saysOutOfMemory(error ?? cause))
    return { kind: 'memory', plan, told: `Attempt ${attempt} on ${plan.name} ran out of memory.` };
  if (error !== null) return null;
  const told = `Attempt ${attempt} on ${plan.name} ended without reporting an error: it was stopped, or its machines were lost.`;
  return { kind: 'lost', plan, told };
}

/** What became of an attempt whose job was ended for the time that it took. */
export const timeSetback = (attempt: number, plan: PlannedCompute): Setback => ({
  kind: 'time',
  plan,
  told: `Attempt ${attempt} on ${plan.name} took longer than its limit.`,
});

/** How many attempts took longer than their limit. */
export const timeoutsAmong = (setbacks: readonly Setback[]): number =>
  setbacks.filter(({ kind }) => kind === 'time').length;

/** Whether a candidate does what went wrong better than before; for more time, any will do. */
export function avoids({ kind, plan }: Setback, candidate: Candidate): boolean {
  if (kind === 'time') return true;
  if (kind === 'memory') return memoryPerSlot(candidate) > memoryPerSlot(plan);
  const other = candidate.machine.instanceType !== plan.machine.instanceType;
  return candidate.spotCount === 0 && other && memoryPerSlot(candidate) >= memoryPerSlot(plan);
}

/**
 * Whether a candidate is at least none that was lost, and none that certainly had too little memory: it has more for a slot, or
 * as much in larger workers, as the driver has one of them, and each executor.
 */
export function isUntried({ kind, plan }: Setback, candidate: Candidate): boolean {
  if (kind === 'time') return true;
  if (kind === 'lost') return candidate.name !== plan.name && candidate.spotCount === 0 && !candidate.warm;
  const [had, has] = [memoryPerSlot(plan), memoryPerSlot(candidate)];
  return has > had || (has === had && hasLargerWorkers(candidate, plan));
}

/** Of Glue: on EMR executors are cut alike out of nodes of any size. */
export const hasLargerWorkers = (candidate: PlannedCompute, than: PlannedCompute): boolean =>
  candidate.engine === 'glue' && candidate.machine.memoryGiB > than.machine.memoryGiB;
