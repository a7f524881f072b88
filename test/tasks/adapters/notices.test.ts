import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { SnsNotices } from '../../../tasks/adapters/sns-notices.ts';
import type { Notices } from '../../../tasks/core/ports.ts';
import { MemoryNotices } from '../../fakes/memory-services.ts';
import { emulated, startMoto } from '../../fakes/moto.ts';

interface Service {
  notices: Notices;
  /** What came to people since it was asked last. */
  received(): Promise<{ subject: string; message: string }[]>;
  stop(): Promise<void>;
}

const services: [string, () => Promise<Service>][] = [
  ['in memory', inMemory],
  ["by SNS's client over the emulator", overEmulator],
];

describe.each(services)('notices, %s', (_name, start) => {
  let service: Service;
  beforeAll(async () => {
    service = await start();
  }, 90_000);
  afterAll(() => service.stop());

  test('come to people as they were sent, line by line, whatever is in them', async () => {
    const notice = { subject: 'Tidegate: flights: 2 rows', message: 'Zürich → "a\nb"\n\t{}%$ 漢字' };
    await service.notices.publish(notice.subject, notice.message);
    expect(await service.received()).toEqual([notice]);
    expect(await service.received()).toEqual([]);
  });

  test('of the same words come twice: nobody but the sender can tell that they are one', async () => {
    for (let time = 0; time < 2; time += 1) await service.notices.publish('Tidegate: again', 'again');
    expect(await service.received()).toHaveLength(2);
  });

  test('with a subject that is too long are refused, and do not come', async () => {
    await service.notices.publish('x'.repeat(99), 'fits');
    await expect(service.notices.publish('x'.repeat(101), 'does not')).rejects.toThrow(/subject/i);
    expect((await service.received()).map(({ message }) => message)).toEqual(['fits']);
  });
});

async function inMemory(): Promise<Service> {
  const notices = new MemoryNotices();
  return {
    notices,
    received: async () => notices.published.splice(0),
    stop: async () => {},
  };
}

async function overEmulator(): Promise<Service> {
  const moto = await startMoto();
  const [sns, sqs] = [new SNSClient(emulated(moto.endpoint)), new SQSClient(emulated(moto.endpoint))];
  const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: 'alerts' }));
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'people' }));
  const Endpoint = 'arn:aws:sqs:us-east-1:123456789012:people';
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint }));
  return {
    notices: new SnsNotices(sns, TopicArn),
    async received() {
      const asked = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 });
      const { Messages = [] } = await sqs.send(asked);
      return Messages.map(({ Body = '' }) => {
        const { Subject, Message } = JSON.parse(Body);
        return { subject: Subject, message: Message };
      });
    },
    async stop() {
      sns.destroy();
      sqs.destroy();
      await moto.stop();
    },
  };
}
