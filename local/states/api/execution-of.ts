import type { ExecutionRecord } from '../store/records.ts';
import { ApiError } from './api-error.ts';
import { checkArn } from './arns.ts';
import type { Service } from './service.ts';

/** Throws ExecutionDoesNotExist. */
export function executionOf(service: Service, arn: string): ExecutionRecord {
  service.engine.flush();
  const record = service.store.execution(checkArn('execution', arn));
  if (!record) throw new ApiError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
  return record;
}
