import type { EventDetails } from '../history/history-event.ts';

type Moment = 'Scheduled' | 'Started' | 'Submitted' | 'SubmitFailed' | 'Succeeded' | 'Failed' | 'TimedOut';

/** How a Resource appears in the history. */
export interface TaskEvents {
  /** The event's type for a moment of the Task's life. */
  type(moment: Moment): string;
  /** Members of every later event of the Task; undefined for a function, whose events have none. */
  readonly common: EventDetails | undefined;
  scheduled(argsText: string): EventDetails;
  /** What AWS calls the Task in causes. */
  readonly subject: string;
}

/** A function's ARN as Resource has events of its own; the service integrations share theirs. */
export function taskEvents(resource: string, region: string): TaskEvents {
  if (resource.startsWith('arn:aws:lambda:'))
    return {
      type: (moment) => `LambdaFunction${moment}`,
      common: undefined,
      scheduled: (argsText) => ({ resource, input: argsText, inputDetails: { truncated: false } }),
      subject: resource,
    };
  const [resourceType = '', ...action] = resource.split(':').slice(5);
  const common = { resourceType, resource: action.join(':') };
  return {
    type: (moment) => `Task${moment}`,
    common,
    scheduled: (argsText) => ({ ...common, region, parameters: argsText }),
    subject: resourceType,
  };
}
