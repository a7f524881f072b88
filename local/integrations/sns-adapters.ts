import { PublishCommand, type PublishCommandInput, PublishInput$, type SNSClient } from '@aws-sdk/client-sns';
import type { TaskAdapter } from '../states/adapters/adapter.ts';
import { isJsonObject, type Json, type JsonObject } from '../states/json.ts';
import { problemsByModel } from './api-model.ts';
import { answerJson, call } from './call.ts';

const NAMES = { prefix: 'SNS', service: 'AmazonSNS' };

/** `sns:publish`. A Message that is no text is sent as its JSON, as Step Functions does. */
export function snsAdapters(sns: SNSClient): TaskAdapter[] {
  return [
    {
      resource: 'arn:aws:states:::sns:publish',
      validateArguments: (template) => problemsByModel(PublishInput$, withTextMessage(template ?? {})),
      async submit(args) {
        const input = withTextMessage(args) as unknown as PublishCommandInput;
        return { output: answerJson(await call(NAMES, sns.send(new PublishCommand(input)))) };
      },
    },
  ];
}

function withTextMessage(args: Json): Json {
  if (!isJsonObject(args) || typeof args['Message'] === 'string' || args['Message'] === undefined)
    return args;
  return { ...args, Message: JSON.stringify(args['Message']) } satisfies JsonObject;
}
