import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { SFNClient } from '@aws-sdk/client-sfn';
import { GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs';
import { startDispatcher } from '../../../local/dispatcher/dispatcher.ts';
import { withSequencer } from '../../../local/dispatcher/with-sequencer.ts';
import { createAwsResources } from '../../../local/stack/aws-resources.ts';
import { names } from '../../../local/stack/names.ts';
import { requestOf } from '../../../tasks/core/request.ts';
import { orderStampOf } from '../../../tasks/core/upload-id.ts';
import { emulated, startMoto } from '../../fakes/moto.ts';
import { objectCreated } from '../../fakes/samples.ts';

const PATTERN = JSON.stringify({ source: ['aws.s3'], 'detail-type': ['Object Created'] });
const UPLOADS = 8;

const uploadIn = (input: string): { versionId: string; orderStamp: string } => {
  const request = requestOf(JSON.parse(input));
  if (request.kind !== 'event') throw new Error('The input is no event.');
  return {
    versionId: request.versionId,
    orderStamp: orderStampOf(request.uploadedAt, request.sequencer),
  };
};

/** Waits for that many executions and gives their inputs. */
async function dispatched(count: number, sqs: SQSClient): Promise<string[]> {
  const { QueueUrl = '' } = await sqs.send(new GetQueueUrlCommand({ QueueName: names.uploadsQueue }));
  const inputs: string[] = [];
  const all = Promise.withResolvers<void>();
  const sfn = {
    async send({ input }: { input: { input: string } }) {
      inputs.push(input.input);
      if (inputs.length === count) all.resolve();
      return { executionArn: 'execution' };
    },
  } as unknown as SFNClient;
  const dispatcher = startDispatcher({ sqs, sfn, queueUrl: QueueUrl, stateMachineArn: 'machine' });
  await all.promise;
  await dispatcher.stop();
  return inputs;
}

it('has uploads of one name rank in the order that they came in, within a second too', async () => {
  jest.spyOn(console, 'log').mockImplementation();
  const { endpoint, stop } = await startMoto();
  try {
    const s3 = new S3Client({ ...emulated(endpoint), forcePathStyle: true });
    await createAwsResources(s3, PATTERN, emulated(endpoint));
    const versions: (string | undefined)[] = [];
    for (let nth = 0; nth < UPLOADS; nth += 1) {
      const put = { Bucket: names.sourceBucket, Key: 'orders/re.csv', Body: `${nth}` };
      versions.push((await s3.send(new PutObjectCommand(put))).VersionId);
    }
    const uploads = (await dispatched(UPLOADS, new SQSClient(emulated(endpoint)))).map(uploadIn);
    expect(new Set(uploads.map(({ orderStamp }) => orderStamp)).size).toBe(UPLOADS);
    const byRank = uploads.toSorted((a, b) => (a.orderStamp < b.orderStamp ? -1 : 1));
    expect(byRank.map(({ versionId }) => versionId)).toEqual(versions);
  } finally {
    await stop();
  }
});

it('gives sequencers that compare as text, the same for an event that comes again, and changes no more', () => {
  const event = objectCreated('orders/re.csv');
  const sequenced = (sentAtMs: number) => JSON.parse(withSequencer(JSON.stringify(event), sentAtMs));
  const sequencers = [0xfff_ffff_ffff, 0x1000_0000_0000].map((at) => sequenced(at).detail.object.sequencer);
  expect(sequencers).toEqual(['00000FFFFFFFFFFF', '0000100000000000']);
  const object = { ...event.detail.object, sequencer: '0000000000000001' };
  expect(sequenced(1)).toEqual({ ...event, detail: { ...event.detail, object } });
});
