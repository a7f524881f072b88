import { gluePlan } from '../../../tasks/plan-run/engines/glue-plan.ts';
import type { Priced } from '../../../tasks/plan-run/priced.ts';
import { jobLimitSeconds } from '../../../tasks/plan-run/time-limit.ts';

const at = {
  dataset: 'flights',
  runId: 'R',
  attempt: 1,
  destinationBucket: 'destination',
  lakeBucket: 'lake',
  artifactsBucket: 'artifacts',
};
const planned = (jobSeconds: number): Priced =>
  ({
    engine: 'glue',
    machine: { instanceType: 'G.1X', instanceCount: 3, vcpu: 4, memoryGiB: 16 },
    taskCpus: 1,
    jobSeconds,
    safeSeconds: 2 * jobSeconds,
  }) as Priced;

test.each([10, 3600, 50_000])(
  'a run of %d seconds is ended by Glue before the workflow gives it up',
  (seconds) => {
    const limitSeconds = jobLimitSeconds(planned(seconds), 0, 0);
    const { timeoutMinutes } = gluePlan(planned(seconds), 1e9, limitSeconds, at);
    expect(timeoutMinutes).toBeGreaterThanOrEqual(15);
    expect(timeoutMinutes * 60).toBeLessThan(limitSeconds);
  },
);
