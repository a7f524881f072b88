import * as z from 'zod';
import { limits } from '../limits.ts';
import { newExecution } from '../store/new-execution.ts';
import { type ExecutionStatus, listedMs } from '../store/records.ts';
import { ApiError } from './api-error.ts';
import { executionArn } from './arns.ts';
import { executionOf } from './execution-of.ts';
import { fields } from './fields.ts';
import { includedData } from './included-data.ts';
import { checkName } from './names.ts';
import { executionPageFields, pageSize, placeOf, tokenOf } from './page.ts';
import { parseBody } from './parse-body.ts';
import { redrivability } from './redrive-execution.ts';
import { seconds } from './seconds.ts';
import type { Service } from './service.ts';
import { describeDefinition, machineOf } from './state-machines.ts';

const startBody = z.object({
  stateMachineArn: fields.arn,
  name: fields.name.optional(),
  input: fields.payload.default('{}'),
  traceHeader: fields.traceHeader.optional(),
});

/** Starting again, by the same name and input, what still runs gives the running execution. */
export function startExecution(service: Service, body: unknown): unknown {
  const request = parseBody(startBody, body);
  const machine = machineOf(service, request.stateMachineArn);
  const name = checkName(request.name ?? service.uuid());
  checkInput(request.input);
  const arn = executionArn(service.place, machine.name, name);
  const known = service.store.execution(arn);
  if (known) {
    if (known.status !== 'RUNNING' || known.input !== request.input)
      throw new ApiError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
    return { executionArn: arn, startDate: seconds(known.startMs) };
  }
  const record = newExecution({
    arn,
    name,
    stateMachineArn: machine.arn,
    stateMachineName: machine.name,
    definition: machine.definition,
    settings: machine.settings,
    revisionId: machine.revisionId,
    definedMs: machine.updatedMs,
    roleArn: machine.roleArn,
    input: request.input,
    ...(request.traceHeader === undefined ? {} : { traceHeader: request.traceHeader }),
    startMs: service.clock.now(),
    sequence: service.store.lastSequence() + 1,
  });
  service.engine.start(record);
  return { executionArn: arn, startDate: seconds(record.startMs) };
}

const stopBody = z.object({
  executionArn: fields.arn,
  error: z.string().max(limits.errorLength).optional(),
  cause: z.string().max(limits.causeLength).optional(),
});

/** Stopping what has ended already changes nothing and tells when it ended. */
export function stopExecution(service: Service, body: unknown): unknown {
  const request = parseBody(stopBody, body);
  const record = executionOf(service, request.executionArn);
  service.engine.stop(record.arn, {
    ...(request.error === undefined ? {} : { error: request.error }),
    ...(request.cause === undefined ? {} : { cause: request.cause }),
  });
  return { stopDate: seconds(executionOf(service, record.arn).stopMs ?? service.clock.now()) };
}

const executionBody = z.object({ executionArn: fields.arn, includedData });

export function describeExecution(service: Service, body: unknown): unknown {
  const record = executionOf(service, parseBody(executionBody, body).executionArn);
  const redrive = redrivability(service, record);
  return {
    executionArn: record.arn,
    stateMachineArn: record.stateMachineArn,
    name: record.name,
    status: record.status,
    startDate: seconds(record.startMs),
    ...(record.stopMs === undefined ? {} : { stopDate: seconds(record.stopMs) }),
    input: record.input,
    inputDetails: { included: true },
    ...(record.output === undefined ? {} : { output: record.output, outputDetails: { included: true } }),
    ...(record.error === undefined ? {} : { error: record.error }),
    ...(record.cause === undefined ? {} : { cause: record.cause }),
    redriveCount: record.redriveCount,
    ...(record.redriveMs === undefined ? {} : { redriveDate: seconds(record.redriveMs) }),
    ...redrive,
    ...(record.traceHeader === undefined ? {} : { traceHeader: record.traceHeader }),
  };
}

/** The definition that the execution runs by, whatever its machine has become. */
export function describeStateMachineForExecution(service: Service, body: unknown): unknown {
  const record = executionOf(service, parseBody(executionBody, body).executionArn);
  return {
    ...describeDefinition(record),
    stateMachineArn: record.stateMachineArn,
    name: record.stateMachineName,
    roleArn: record.roleArn,
    updateDate: seconds(record.definedMs),
    ...(record.revisionId === undefined ? {} : { revisionId: record.revisionId }),
  };
}

const listBody = z.object({
  stateMachineArn: fields.arn,
  statusFilter: z
    .enum(['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED', 'PENDING_REDRIVE'])
    .refine((status) => status !== 'PENDING_REDRIVE', 'PENDING_REDRIVE is for the executions of a Map Run')
    .optional(),
  redriveFilter: z.enum(['REDRIVEN', 'NOT_REDRIVEN']).optional(),
  mapRunArn: z
    .string()
    .refine(() => false, 'there are no Map Runs here')
    .optional(),
  ...executionPageFields,
});

/** Running ones by when they were started or redriven, ended ones by when they ended; newest first. */
export function listExecutions(service: Service, body: unknown): unknown {
  const request = parseBody(listBody, body);
  const machine = machineOf(service, request.stateMachineArn);
  service.engine.flush();
  const size = pageSize(request);
  const after = placeOf(request.nextToken, z.tuple([z.number(), z.number()]));
  const found = service.store.executions({
    stateMachineArn: machine.arn,
    status: request.statusFilter as ExecutionStatus | undefined,
    redriven: request.redriveFilter && request.redriveFilter === 'REDRIVEN',
    after: after && { listedMs: after[0], sequence: after[1] },
    limit: size + 1,
  });
  const page = found.slice(0, size);
  const last = found.length > size ? page.at(-1) : undefined;
  return {
    executions: page.map((record) => ({
      executionArn: record.arn,
      stateMachineArn: record.stateMachineArn,
      name: record.name,
      status: record.status,
      startDate: seconds(record.startMs),
      ...(record.stopMs === undefined ? {} : { stopDate: seconds(record.stopMs) }),
      redriveCount: record.redriveCount,
      ...(record.redriveMs === undefined ? {} : { redriveDate: seconds(record.redriveMs) }),
    })),
    ...(last ? { nextToken: tokenOf([listedMs(last), last.sequence]) } : {}),
  };
}

function checkInput(input: string): void {
  const refuse = (reason: string) =>
    new ApiError('InvalidExecutionInput', `Invalid State Machine Execution Input: '${reason}'`);
  if (input === '') throw refuse('Invalid execution input.');
  const bytes = Buffer.byteLength(input);
  if (bytes > limits.payloadBytes)
    throw refuse(`expected at most ${limits.payloadBytes} bytes, got ${bytes}`);
  try {
    JSON.parse(input);
  } catch (error) {
    throw refuse(`expected JSON: ${error instanceof Error ? error.message : error}`);
  }
}
