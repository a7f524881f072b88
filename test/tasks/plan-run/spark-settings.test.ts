import { candidatesFor } from '../../../tasks/plan-run/candidates.ts';
import published from '../../../tasks/plan-run/prices.json' with { type: 'json' };
import { pricesSchema } from '../../../tasks/plan-run/prices.ts';
import { sparkSettings } from '../../../tasks/plan-run/spark-settings.ts';

const MEBIBYTE_OF = /^(\d+)m$/;
const emr = candidatesFor(pricesSchema.parse(published), [], new Date(0)).filter(
  ({ engine }) => engine === 'emr',
);

describe('executors on EMR', () => {
  it.each([...new Map(emr.map((candidate) => [candidate.machine.instanceType, candidate]))])(
    'leave the application master its room on a node of %s, so that one node alone can run the job',
    (_, candidate) => {
      const settings = sparkSettings(candidate, 1e9, { lakeBucket: 'lake' });
      const mebibytes = (name: string): number => Number(MEBIBYTE_OF.exec(settings[name] ?? '')?.[1]);
      const executor = mebibytes('spark.executor.memory') + mebibytes('spark.executor.memoryOverhead');
      const executors = candidate.machine.vcpu / Number(settings['spark.executor.cores']);
      // YARN has three quarters of a node (EMR Release Guide, "Task configuration"); the master takes 512 + 384 MiB.
      const yarn = candidate.machine.memoryGiB * 1024 * 0.75;
      expect(executors * executor + 896).toBeLessThanOrEqual(yarn);
      expect(executors * executor).toBeGreaterThan(yarn * 0.85);
    },
  );
});
