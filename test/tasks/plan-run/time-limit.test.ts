import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { jobLimitSeconds, LONGEST_JOB_SECONDS } from '../../../tasks/plan-run/time-limit.ts';

const file = join(import.meta.dirname, '../../../state-machines/ingest.asl.json');
const ingest = JSON.parse(readFileSync(file, 'utf8'));
const plans = fc.record({
  engine: fc.constantFrom<'emr' | 'glue'>('emr', 'glue'),
  jobSeconds: fc.double({ min: 1, max: 1e6, noNaN: true }),
  safeSeconds: fc.double({ min: 1, max: 1e6, noNaN: true }),
});

describe('how long a job may take', () => {
  it.each(['RunSparkStep', 'RunGlueJob'])('is what the state %s waits', (name) => {
    expect(ingest.States[name].TimeoutSeconds).toBe('{% $plan.jobLimitSeconds %}');
  });

  it('leaves the execution the time for another job', () => {
    expect(ingest.TimeoutSeconds).toBeGreaterThanOrEqual(2 * LONGEST_JOB_SECONDS);
  });

  it('is twice as long after each attempt that took longer', () => {
    const plan = { engine: 'glue', jobSeconds: 100, safeSeconds: 200 } as const;
    expect([0, 1, 2].map((timeouts) => jobLimitSeconds(plan, timeouts, 0))).toEqual([1200, 2400, 4800]);
    expect(jobLimitSeconds(plan, 20, 0)).toBe(LONGEST_JOB_SECONDS);
  });

  it('is as long as the deployment wants at least, and doubles from there', () => {
    const plan = { engine: 'glue', jobSeconds: 100, safeSeconds: 200 } as const;
    expect([0, 1].map((timeouts) => jobLimitSeconds(plan, timeouts, 7200))).toEqual([7200, 14_400]);
    expect(jobLimitSeconds({ ...plan, jobSeconds: 2000 }, 0, 7200)).toBe(12_000);
  });

  it('is whole seconds, with room beyond the upper bound unless that is beyond the longest', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const limit = jobLimitSeconds(plan, 0, 0);
        expect(Number.isInteger(limit) && limit <= LONGEST_JOB_SECONDS).toBe(true);
        expect(limit).toBeGreaterThanOrEqual(Math.min(2 * plan.safeSeconds, LONGEST_JOB_SECONDS));
      }),
    );
  });
});
