import { type Candidate, candidatesFor, withTaskCpus } from '../../../tasks/plan-run/candidates.ts';
import { sparkSettings } from '../../../tasks/plan-run/engines/spark-settings.ts';
import published from '../../../tasks/plan-run/prices.json' with { type: 'json' };
import { pricesSchema } from '../../../tasks/plan-run/prices.ts';

const LAKE = { lakeBucket: 'lake' };
const MEBIBYTE_OF = /^(\d+)m$/;
const emr = candidatesFor(pricesSchema.parse(published), [], new Date(0)).filter(
  ({ engine }) => engine === 'emr',
);

describe('executors on EMR', () => {
  it.each([...new Map(emr.map((candidate) => [candidate.machine.instanceType, candidate]))])(
    'leave the application master its room on a node of %s, so that one node alone can run the job',
    (_, candidate) => {
      const settings = sparkSettings(candidate, 1e9, LAKE);
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

describe('where memory was short', () => {
  const candidate = emr[0] as Candidate;
  const partitions = (one: Candidate): number =>
    Number(sparkSettings(one, 300e9, LAKE)['spark.sql.shuffle.partitions']);

  it('shuffles have parts of 64 MiB on however few slots, and smaller ones where tasks get several vCPUs', () => {
    const saving = { ...candidate, smallParts: true };
    expect(partitions(candidate)).toBe(candidate.machine.instanceCount * candidate.machine.vcpu * 4);
    expect(partitions(saving)).toBe(Math.ceil(300e9 / 2 ** 26));
    expect(partitions(withTaskCpus(saving, 2) as Candidate)).toBe(Math.ceil(300e9 / 2 ** 25));
  });

  it('a task gets no more vCPUs than its executor has', () => {
    const settings = sparkSettings(withTaskCpus(candidate, 4) as Candidate, 1e9, LAKE);
    expect(settings).toMatchObject({ 'spark.task.cpus': '4', 'spark.executor.cores': '4' });
    expect(withTaskCpus({ ...candidate, machine: { ...candidate.machine, vcpu: 2 } }, 4)).toBeNull();
  });
});
