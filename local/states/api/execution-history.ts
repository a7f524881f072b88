import * as z from 'zod';
import { detailsMember, type HistoryEvent } from '../history/history-event.ts';
import { executionOf } from './executions.ts';
import { pageFields, pageOf, tokenAt } from './page.ts';
import { parseBody } from './parse-body.ts';
import { seconds } from './seconds.ts';
import type { Service } from './service.ts';

const historyBody = z.object({
  executionArn: z.string(),
  reverseOrder: z.boolean().default(false),
  includeExecutionData: z.boolean().default(true),
  ...pageFields,
});

export function getExecutionHistory(service: Service, body: unknown): unknown {
  const request = parseBody(historyBody, body);
  const record = executionOf(service, request.executionArn);
  const { offset, size } = pageOf(request);
  const last = record.lastEventId;
  const [first, final] = request.reverseOrder
    ? [last - offset - size + 1, last - offset]
    : [offset + 1, offset + size];
  const events = service.store
    .events(record.arn, Math.max(1, first), final)
    .map((event) => wireEvent(event, request.includeExecutionData));
  if (request.reverseOrder) events.reverse();
  return { events, ...(offset + size < last ? { nextToken: tokenAt(offset + size) } : {}) };
}

/** Members that hold data of the execution, which includeExecutionData leaves out. */
const dataMembers = new Set(['input', 'inputDetails', 'output', 'outputDetails']);

function wireEvent(event: HistoryEvent, withData: boolean): object {
  const { details, timestamp, ...rest } = event;
  const member = detailsMember(event.type);
  const shown =
    withData || !details
      ? details
      : Object.fromEntries(Object.entries(details).filter(([name]) => !dataMembers.has(name)));
  return {
    timestamp: seconds(timestamp),
    ...rest,
    ...(member ? { [member]: shown ?? {} } : {}),
  };
}
