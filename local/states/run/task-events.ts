import type { EventDetails } from '../history/history-event.ts';

type Moment = 'Scheduled' | 'Started' | 'Submitted' | 'SubmitFailed' | 'Succeeded' | 'Failed' | 'TimedOut';

/** The Task's own bounds, in seconds, where it has them. */
interface Bounds {
  readonly timeoutSeconds?: number | undefined;
  readonly heartbeatSeconds?: number | undefined;
}

/** How a Resource appears in the history. */
export interface TaskEvents {
  /** The event's type for a moment of the Task's life. */
  type(moment: Moment): string;
  /** Members of every later event of the Task; undefined for a function, whose events have none. */
  readonly common: EventDetails | undefined;
  scheduled(argsText: string, bounds: Bounds): EventDetails;
  /** What AWS calls the Task in causes. */
  readonly subject: string;
}

/** A function's ARN as Resource has events of its own; the service integrations share theirs. */
export function taskEvents(resource: string, region: string): TaskEvents {
  if (resource.startsWith('arn:aws:lambda:'))
    return {
      type: (moment) => `LambdaFunction${moment}`,
      common: undefined,
      // A function's event has no member for a heartbeat.
      scheduled: (argsText, { timeoutSeconds }) => ({
        resource,
        input: argsText,
        inputDetails: { truncated: false },
        ...(timeoutSeconds === undefined ? {} : { timeoutInSeconds: timeoutSeconds }),
      }),
      subject: resource,
    };
  const [resourceType = '', ...action] = resource.split(':').slice(5);
  const common = { resourceType, resource: action.join(':') };
  return {
    type: (moment) => `Task${moment}`,
    common,
    scheduled: (argsText, { timeoutSeconds, heartbeatSeconds }) => ({
      ...common,
      region,
      parameters: argsText,
      ...(timeoutSeconds === undefined ? {} : { timeoutInSeconds: timeoutSeconds }),
      ...(heartbeatSeconds === undefined ? {} : { heartbeatInSeconds: heartbeatSeconds }),
    }),
    subject: resourceType,
  };
}
