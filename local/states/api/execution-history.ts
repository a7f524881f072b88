import * as z from 'zod';
import { detailsMember, type HistoryEvent } from '../history/history-event.ts';
import { executionOf } from './execution-of.ts';
import { fields } from './fields.ts';
import { pageFields, pageSize, placeOf, tokenOf } from './page.ts';
import { parseBody } from './parse-body.ts';
import { seconds } from './seconds.ts';
import type { Service } from './service.ts';

const historyBody = z.object({
  executionArn: fields.arn,
  reverseOrder: z.boolean().default(false),
  includeExecutionData: z.boolean().default(true),
  ...pageFields,
});

export function getExecutionHistory(service: Service, body: unknown): unknown {
  const request = parseBody(historyBody, body);
  const record = executionOf(service, request.executionArn);
  const size = pageSize(request);
  const place = placeOf(request.nextToken, z.tuple([z.int().min(1)]))?.[0];
  const { reverseOrder } = request;
  const first = reverseOrder ? Math.max(1, (place ?? record.lastEventId) - size + 1) : (place ?? 1);
  const last = reverseOrder ? (place ?? record.lastEventId) : first + size - 1;
  const events = service.store
    .events(record.arn, first, last)
    .map((event) => wireEvent(event, request.includeExecutionData));
  if (reverseOrder) events.reverse();
  const next = reverseOrder ? first - 1 : last + 1;
  const isMore = reverseOrder ? next >= 1 : next <= record.lastEventId;
  return { events, ...(isMore ? { nextToken: tokenOf([next]) } : {}) };
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
