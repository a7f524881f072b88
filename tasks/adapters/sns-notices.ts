import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import type { Notices } from '../core/ports.ts';

export class SnsNotices implements Notices {
  readonly #sns: SNSClient;
  readonly #topicArn: string;

  constructor(sns: SNSClient, topicArn: string) {
    this.#sns = sns;
    this.#topicArn = topicArn;
  }

  async publish(subject: string, message: string): Promise<void> {
    await this.#sns.send(
      new PublishCommand({ TopicArn: this.#topicArn, Subject: subject, Message: message }),
    );
  }
}
