import { S3Client } from '@aws-sdk/client-s3';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { createAwsResources } from '../../../local/stack/aws-resources.ts';
import { arns, names } from '../../../local/stack/names.ts';
import { waitingAlerts } from '../../../local/stack/waiting-alerts.ts';
import { emulated, startMoto } from '../../fakes/moto.ts';

test('alerts are told the oldest first, as text, and go on waiting', async () => {
  const { endpoint, stop } = await startMoto();
  try {
    const connection = emulated(endpoint);
    await createAwsResources(
      new S3Client({ ...connection, forcePathStyle: true }),
      '{"source":["aws.s3"]}',
      connection,
    );
    const sns = new SNSClient(connection);
    const sent = Array.from({ length: 12 }, (_, index) => `s${index}: broke.\n\nWhat to do: "this".`);
    for (const Message of sent)
      await sns.send(
        new PublishCommand({ TopicArn: arns.topic, Subject: `Tidegate: ${Message[1]}`, Message }),
      );
    const sqs = new SQSClient(connection);
    const queueUrl = `${endpoint}/123456789012/${names.alertsQueue}`;
    for (let asked = 0; asked < 2; asked += 1) {
      const told = await waitingAlerts(sqs, queueUrl);
      expect(told.map((text) => text.split('\n').slice(2).join('\n'))).toEqual(sent);
      expect(told[0]).toMatch(/^\d{4}-\d\d-\d\dT\S+Z {2}Tidegate: 0\n\ns0: broke\./);
    }
  } finally {
    await stop();
  }
});
