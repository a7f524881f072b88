import { SFNClient } from '@aws-sdk/client-sfn';
import { awsClientSettings } from './aws-client.ts';
import { environment } from './environment.ts';
import { SfnExecutions } from './sfn-executions.ts';

export const sfnExecutions = (): SfnExecutions =>
  new SfnExecutions(new SFNClient(awsClientSettings), environment('TIDEGATE_STATE_MACHINE_ARN'));
