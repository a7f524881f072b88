import * as z from 'zod';
import { limits } from '../limits.ts';
import type { ExecutionRecord } from '../store/records.ts';
import { ApiError } from './api-error.ts';
import { executionOf } from './execution-of.ts';
import { fields } from './fields.ts';
import { parseBody } from './parse-body.ts';
import { seconds } from './seconds.ts';
import type { Service } from './service.ts';

const redriveBody = z.object({
  executionArn: fields.arn,
  clientToken: fields.clientToken.optional(),
});

/** A repeated clientToken gives the redrive that it began, without another, as long as it is remembered. */
export function redriveExecution(service: Service, body: unknown): unknown {
  const { executionArn, clientToken } = parseBody(redriveBody, body);
  const record = executionOf(service, executionArn);
  const now = service.clock.now();
  const remembered = record.redriveTokens.filter(({ usedMs }) => now - usedMs <= limits.clientTokenMs);
  const earlier = remembered.find(({ token }) => token === clientToken);
  if (earlier) return { redriveDate: seconds(earlier.usedMs) };
  const state = redrivability(service, record);
  if (state.redriveStatus === 'NOT_REDRIVABLE')
    throw new ApiError('ExecutionNotRedrivable', state.redriveStatusReason);
  if (clientToken !== undefined)
    record.redriveTokens = [...remembered, { token: clientToken, usedMs: now }].slice(-limits.clientTokens);
  service.engine.redrive(record);
  return { redriveDate: seconds(record.redriveMs ?? now) };
}

/** Whether an execution can be redriven, in the members and words of DescribeExecution. */
export function redrivability(
  service: Service,
  record: ExecutionRecord,
): { redriveStatus: 'REDRIVABLE' } | { redriveStatus: 'NOT_REDRIVABLE'; redriveStatusReason: string } {
  const reason = reasonAgainst(service, record);
  return reason === undefined
    ? { redriveStatus: 'REDRIVABLE' }
    : { redriveStatus: 'NOT_REDRIVABLE', redriveStatusReason: reason };
}

function reasonAgainst(service: Service, record: ExecutionRecord): string | undefined {
  if (record.status === 'RUNNING' || record.status === 'SUCCEEDED')
    return `Execution is ${record.status} and cannot be redriven`;
  if (record.lastEventId >= limits.redrivableEvents) return 'Execution history event limit exceeded';
  const now = service.clock.now();
  if (!service.store.stateMachine(record.stateMachineArn)) return 'State machine is in DELETING status';
  if (now - record.startMs > limits.executionMs) return 'Execution has exceeded the max execution time';
  if (now - (record.stopMs ?? 0) > limits.redrivablePeriodMs) return 'Execution redrivable period exceeded';
  return undefined;
}
