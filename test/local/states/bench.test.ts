import { ingest, instantIngest } from '../../../local/states/bench/ingest.ts';
import { run, world } from './world.ts';

/** The bench answers the workflow's Tasks by itself, and must keep up with what they ask. */
test('the workflow succeeds with the answers that the bench gives, on Glue and on EMR', async () => {
  const within = world({ adapters: instantIngest });
  for (const upload of ['a', 'b']) {
    const { record, events } = await run(within, JSON.stringify(ingest), { bucket: 'source', key: upload });
    expect([record.status, record.cause]).toEqual(['SUCCEEDED', undefined]);
    expect(events.some(({ type }) => type === 'MapStateSucceeded')).toBe(true);
  }
});
