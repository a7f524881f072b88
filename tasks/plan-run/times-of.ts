import type { Prices } from './prices.ts';
import type { RecordedRuns } from './recorded-runs.ts';
import { TimeModel } from './time-model.ts';

const USUAL_COUNT = 4;

/** The time models of a dataset's runs, one for each engine. */
export function timesOf(
  { glue, emr }: Pick<RecordedRuns, 'glue' | 'emr'>,
  prices: Prices,
  factors: Readonly<Record<string, number>> = {},
) {
  const usual = ({ type, vcpu, memoryGiB }: { type: string; vcpu: number; memoryGiB: number }) => ({
    instanceType: type,
    instanceCount: USUAL_COUNT,
    vcpu,
    memoryGiB,
  });
  const [worker, instance] = [prices.glue.workers[0], prices.emr.instances[0]];
  if (!worker || !instance) throw new RangeError('The price table has no compute.');
  return {
    glue: new TimeModel(glue, prices.glue, usual(worker), factors),
    emr: new TimeModel(emr, prices.emr, usual(instance), factors),
  };
}
