import type { Contract } from '../../core/contract.ts';
import { TidegateError } from '../../core/errors.ts';
import { type Candidate, memoryPerSlot, TASK_CPUS, withTaskCpus } from '../candidates.ts';
import type { Workload } from '../workload.ts';
import { avoids, isUntried, type Setback } from './setback.ts';
import { hardestFor, type Shortage } from './shortage.ts';

export interface Constraints {
  contract: Pick<Contract, 'engine'>;
  candidates: readonly Candidate[];
  /** Of all attempts of the run before this one. */
  setbacks: readonly Setback[];
  /** Of earlier runs of the dataset. */
  shortages: readonly Shortage[];
}

/** The candidates of the engine that the contract forces, or all. */
export const ofEngine = ({
  contract,
  candidates,
}: Pick<Constraints, 'contract' | 'candidates'>): Candidate[] =>
  candidates.filter(({ engine }) => contract.engine === 'auto' || contract.engine === engine);

/**
 * What the contract's engine, the content's need of memory, shortages of earlier runs and failed attempts leave. Where
 * no machines have enough memory for a vCPU, tasks get several of them each.
 * @throws TidegateError ContractInvalid when the price table has nothing of the engine, ComputeExhausted when an attempt
 * failed on all that there is.
 */
export function allowedOf(workload: Workload, constraints: Constraints): Candidate[] {
  const { contract, setbacks, shortages } = constraints;
  const forced = ofEngine(constraints);
  if (forced.length === 0)
    throw new TidegateError('ContractInvalid', `The price table has no ${contract.engine} compute.`);
  const most = Math.max(...forced.map(memoryPerSlot));
  const shortage = hardestFor(workload.estimate.textBytes.value, shortages);
  const smallParts = shortage !== null || setbacks.some(({ kind }) => kind === 'memory');
  const cut = TASK_CPUS.map((taskCpus) =>
    forced.flatMap((candidate) => withTaskCpus({ ...candidate, smallParts }, taskCpus) ?? []),
  );
  const reachable = Math.max(...cut.flat().map(memoryPerSlot));
  const roomy = (candidate: Candidate): boolean => {
    const memory = memoryPerSlot(candidate);
    // An earlier run may have had all the memory there is: another file may do with it.
    const enough = shortage === null || memory > shortage.memoryGiBPerSlot || memory === reachable;
    return enough && memory >= Math.min(workload.memoryGiBPerSlot, most);
  };
  const ways = [
    ...cut.map((those) => those.filter((one) => roomy(one) && setbacks.every((had) => avoids(had, one)))),
    ...cut.map((those) => those.filter((one) => setbacks.every((had) => isUntried(had, one)))),
  ];
  const allowed = ways.find((those) => those.length > 0);
  if (allowed) return allowed;
  throw new TidegateError(
    'ComputeExhausted',
    `${setbacks.map(({ told }) => told).join(' ')} Nothing else is left to try on ${contract.engine === 'auto' ? 'either engine' : `the engine "${contract.engine}" that the contract forces`}: ` +
      `a task can have at most ${reachable.toFixed(1)} GiB of memory, with ${TASK_CPUS.at(-1)} vCPUs per task.`,
  );
}
