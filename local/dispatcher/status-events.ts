import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import type { ExecutionChange, ExecutionRecord } from '../states/store/records.ts';
import type { Store } from '../states/store/store.ts';

const TOLD = new Set(['FAILED', 'TIMED_OUT', 'ABORTED']);

/**
 * Does what the deployment's rule on the executions' status does: calls a function with the event of each execution that
 * ended badly, once it is saved so. As on AWS an event may be lost, here with this process.
 */
export function tellingOfEnds(store: Store, lambda: LambdaClient, functionName: string): Store {
  const told = new WeakMap<ExecutionRecord, number>();
  return {
    ...store,
    save(changes: readonly ExecutionChange[]) {
      store.save(changes);
      for (const { record } of changes) {
        if (!TOLD.has(record.status) || told.get(record) === record.redriveCount) continue;
        told.set(record, record.redriveCount);
        tell(record, lambda, functionName);
      }
    },
  };
}

function tell(record: ExecutionRecord, lambda: LambdaClient, functionName: string): void {
  const event = {
    version: '0',
    'detail-type': 'Step Functions Execution Status Change',
    source: 'aws.states',
    time: new Date(record.stopMs ?? 0).toISOString(),
    resources: [record.arn],
    detail: {
      executionArn: record.arn,
      stateMachineArn: record.stateMachineArn,
      name: record.name,
      status: record.status,
      startDate: record.startMs,
      stopDate: record.stopMs ?? null,
    },
  };
  const call = new InvokeCommand({
    FunctionName: functionName,
    InvocationType: 'Event',
    Payload: JSON.stringify(event),
  });
  lambda.send(call).catch((error) => console.error(`The end of ${record.arn} was not reported: ${error}`));
}
