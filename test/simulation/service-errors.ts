import type { Service, When } from './history.ts';

/**
 * A refusal is the service's answer that it took nothing: it judged the request (its shape, its right, its rate, its
 * place) before it began. Any other error may also come after the effect: the answer was lost, came too late, or the
 * service failed on its way to give it.
 */
type Kind = 'refusal' | 'may come after the effect';

/** Declared by the services' models for the calls that Step Functions makes itself. */
export const SERVICE_ERRORS: Readonly<Record<Service, Readonly<Record<string, Kind>>>> = {
  createCluster: {
    // One name for every answer of EMR's that is an error, an internal one too.
    'EMR.AmazonElasticMapReduceException': 'may come after the effect',
    'EMR.SdkClientException': 'may come after the effect',
    'States.Timeout': 'may come after the effect',
  },
  addStep: {
    'EMR.AmazonElasticMapReduceException': 'may come after the effect',
    'EMR.SdkClientException': 'may come after the effect',
    'States.Timeout': 'may come after the effect',
  },
  startJobRun: {
    'Glue.ConcurrentRunsExceededException': 'refusal',
    'Glue.ResourceNumberLimitExceededException': 'refusal',
    'Glue.ThrottlingException': 'refusal',
    'Glue.AccessDeniedException': 'refusal',
    'Glue.EntityNotFoundException': 'refusal',
    'Glue.InvalidInputException': 'refusal',
    'Glue.InternalServiceException': 'may come after the effect',
    'Glue.OperationTimeoutException': 'may come after the effect',
    'Glue.AWSGlueException': 'may come after the effect',
    'Glue.SdkClientException': 'may come after the effect',
    'States.Timeout': 'may come after the effect',
  },
  publish: {
    'SNS.ThrottledException': 'refusal',
    'SNS.KMSThrottlingException': 'refusal',
    'SNS.AuthorizationErrorException': 'refusal',
    'SNS.InvalidParameterException': 'refusal',
    'SNS.NotFoundException': 'refusal',
    'SNS.InternalErrorException': 'may come after the effect',
    'SNS.SdkClientException': 'may come after the effect',
    'States.Timeout': 'may come after the effect',
  },
};

/** Of Lambda and of Step Functions' call to it (Developer Guide, "Handling errors"; Lambda's API, Invoke). */
export const INVOCATION_ERRORS: Readonly<Record<string, Kind>> = {
  'Lambda.TooManyRequestsException': 'refusal',
  'Lambda.ResourceNotFoundException': 'refusal',
  'Lambda.AccessDeniedException': 'refusal',
  'Lambda.ClientExecutionTimeoutException': 'may come after the effect',
  'Lambda.ServiceException': 'may come after the effect',
  'Lambda.AWSLambdaException': 'may come after the effect',
  'Lambda.SdkClientException': 'may come after the effect',
  'Sandbox.Timedout': 'may come after the effect',
  'Lambda.Unknown': 'may come after the effect',
  'Runtime.ExitError': 'may come after the effect',
  'States.Timeout': 'may come after the effect',
  'States.DataLimitExceeded': 'may come after the effect',
};

/** When an error can come. */
const whensOf = (kind: Kind): When[] => (kind === 'refusal' ? ['before'] : ['before', 'after']);

/** Every error of a table with when it can come. */
export const happenings = (errors: Readonly<Record<string, Kind>>): { error: string; when: When }[] =>
  Object.entries(errors).flatMap(([error, kind]) => whensOf(kind).map((when) => ({ error, when })));
