import { ApiError } from './api-error.ts';

/** Where a server pretends to be. */
export interface Place {
  readonly region: string;
  readonly account: string;
}

export function stateMachineArn(place: Place, name: string): string {
  return `arn:aws:states:${place.region}:${place.account}:stateMachine:${name}`;
}

export function executionArn(place: Place, machineName: string, name: string): string {
  return `arn:aws:states:${place.region}:${place.account}:execution:${machineName}:${name}`;
}

const forms = {
  stateMachine: /^arn:aws:states:[a-z0-9-]+:\d{12}:stateMachine:[^:/]+(:[^:]+)?$/,
  execution: /^arn:aws:states:[a-z0-9-]+:\d{12}:execution:[^:]+:[^:]+$/,
};

/** What a distributed Map, of which there is none here, would be known by. */
const mapForm = /^arn:aws:states:[a-z0-9-]+:\d{12}:stateMachine:[^:/]+[/]/;

/** The ARN, if it has the form of its kind. Throws InvalidArn, or ValidationException for a Map's. */
export function checkArn(kind: keyof typeof forms, arn: string): string {
  if (forms[kind].test(arn)) return arn;
  if (kind === 'stateMachine' && mapForm.test(arn))
    throw new ApiError('ValidationException', `expected the ARN of a state machine, got a Map's: '${arn}'`);
  throw new ApiError('InvalidArn', `Invalid Arn: 'Invalid ARN prefix: ${arn}'`);
}
