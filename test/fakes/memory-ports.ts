import type { Contract } from '../../tasks/core/contract.ts';
import { MemoryObjectStore } from './memory-object-store.ts';
import { MemoryClusters, MemoryExecutions, MemoryJobRuns, MemoryNotices } from './memory-services.ts';
import { MemoryStateTable } from './memory-state-table.ts';
import { BUCKETS, contractOf } from './samples.ts';

/** Every port of AWS in memory, with the settings of the functions, for the tests of single tasks. */
export function memoryPorts(contract: Contract = contractOf()) {
  const objects = new MemoryObjectStore();
  objects.put(
    BUCKETS.artifactsBucket,
    `datasets/${contract.dataset}/contract.json`,
    JSON.stringify(contract),
  );
  let now = new Date('2026-11-23T21:00:00.000Z');
  /** Lets time pass. */
  const pass = (seconds: number): void => {
    now = new Date(now.getTime() + seconds * 1000);
  };
  return {
    objects,
    table: new MemoryStateTable(),
    executions: new MemoryExecutions(),
    clusters: new MemoryClusters(),
    jobRuns: new MemoryJobRuns(),
    notices: new MemoryNotices(),
    clock: { now: () => now },
    backOff: async () => {},
    pass,
    pause: async (seconds: number) => pass(seconds),
    ...BUCKETS,
    glueJob: 'tidegate',
    stateMachineArn: 'arn:aws:states:us-east-1:123456789012:stateMachine:ingest',
  };
}

export type MemoryPorts = ReturnType<typeof memoryPorts>;
