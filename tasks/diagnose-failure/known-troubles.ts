import type { ErrorName } from '../core/errors.ts';

/**
 * What services say of troubles that are the account's and not the task's, and our name for them; the first that matches
 * counts. Words as in the services' API references ("Common errors", EMR's state change reasons, EC2's error codes,
 * BigQuery's "Error messages") and in executions recorded on AWS.
 */
const troubles: readonly [ErrorName, RegExp][] = [
  [
    'PermissionMissing',
    /AccessDenied|NotAuthorized|not authorized to perform|UnauthorizedOperation|PERMISSION_DENIED|accessDenied|does not have \S+ (permission|access)|Status Code: 403/,
  ],
  [
    'QuotaExceeded',
    /ConcurrentRunsExceeded|ResourceNumberLimitExceeded|VcpuLimitExceeded|InstanceLimitExceeded|LimitExceededException|quotaExceeded|QuotaExceeded|Quota exceeded|vCPU (capacity|limit)|exceeds? the .{0,60}(quota|limit)|concurrent runs exceeded/i,
  ],
  [
    'CapacityMissing',
    /InsufficientInstanceCapacity|InsufficientCapacity|insufficient capacity|does not have enough capacity|no (spot )?capacity|ResourceNotReady|ResourceUnavailable|could not (be )?provision|unable to provision/i,
  ],
  [
    'ServiceUnavailable',
    /Throttl|TooManyRequests|Rate exceeded|RequestLimitExceeded|ServiceUnavailable|InternalServer|InternalFailure|InternalServiceException|InternalError|SdkClientException|Unable to execute HTTP request|Status Code: 5\d\d|OperationTimeout|ClientExecutionTimeout|Sandbox\.Timedout|Lambda\.(Service|AWSLambda)Exception/,
  ],
];

/** Our name for a trouble that the text tells of; null when it tells of none that is known. */
export function knownTrouble(text: string): ErrorName | null {
  return troubles.find(([, words]) => words.test(text))?.[0] ?? null;
}
