import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { unassignedVariables } from '../definition/unassigned-variables.ts';
import { describeProblems, validateDefinition } from '../definition/validate-definition.ts';
import { variableReferences } from '../definition/variable-references.ts';
import type { Settings, StateMachineRecord } from '../store/records.ts';
import { ApiError } from './api-error.ts';
import { checkArn, stateMachineArn } from './arns.ts';
import { fields } from './fields.ts';
import { includedData } from './included-data.ts';
import { checkName } from './names.ts';
import { pageFields, pageSize, placeOf, tokenOf } from './page.ts';
import { parseBody } from './parse-body.ts';
import { seconds } from './seconds.ts';
import type { Service } from './service.ts';

/** Settings of a machine that are kept and shown, and have no effect here. */
const settings = {
  loggingConfiguration: z
    .object({
      level: z.enum(['ALL', 'ERROR', 'FATAL', 'OFF']).optional(),
      includeExecutionData: z.boolean().optional(),
      destinations: z
        .array(
          z.object({ cloudWatchLogsLogGroup: z.object({ logGroupArn: fields.arn.optional() }).optional() }),
        )
        .optional(),
    })
    .optional(),
  tracingConfiguration: z.object({ enabled: z.boolean().optional() }).optional(),
  encryptionConfiguration: z
    .object({
      type: z.enum(['AWS_OWNED_KEY', 'CUSTOMER_MANAGED_KMS_KEY']),
      kmsKeyId: z.string().min(1).max(2_048).optional(),
      kmsDataKeyReusePeriodSeconds: z.int().min(60).max(900).optional(),
    })
    .optional(),
};

const versions = {
  publish: z.literal(false, 'versions are not kept here: publish must be false').optional(),
  versionDescription: z
    .string()
    .refine(() => false, 'versions are not kept here')
    .optional(),
};

const createBody = z.object({
  name: fields.name,
  definition: fields.definition,
  roleArn: fields.arn,
  type: z.enum(['STANDARD', 'EXPRESS']).default('STANDARD'),
  tags: z
    .array(z.object({ key: z.string().min(1).max(128).optional(), value: z.string().max(256).optional() }))
    .optional(),
  ...settings,
  ...versions,
});

/** Creating again what is there already gives its ARN; as on AWS, another role or other tags make no difference. */
export function createStateMachine(service: Service, body: unknown): unknown {
  const request = parseBody(createBody, body);
  const name = checkName(request.name);
  if (request.type === 'EXPRESS')
    throw new ApiError(
      'StateMachineTypeNotSupported',
      'expected the type STANDARD, got EXPRESS, which does not run here',
    );
  checkRole(request.roleArn);
  checkDefinition(service, request.definition);
  const arn = stateMachineArn(service.place, name);
  const known = service.store.stateMachine(arn);
  const chosen = settingsOf(request);
  if (known) {
    if (known.definition !== request.definition || !isDeepStrictEqual(known.settings, chosen))
      throw new ApiError('StateMachineAlreadyExists', `State Machine Already Exists: '${arn}'`);
    return { stateMachineArn: arn, creationDate: seconds(known.createdMs) };
  }
  const createdMs = service.clock.now();
  service.store.putStateMachine({
    arn,
    name,
    definition: request.definition,
    roleArn: request.roleArn,
    settings: chosen,
    createdMs,
    updatedMs: createdMs,
  });
  return { stateMachineArn: arn, creationDate: seconds(createdMs) };
}

const updateBody = z.object({
  stateMachineArn: fields.arn,
  definition: fields.definition.optional(),
  roleArn: fields.arn.optional(),
  ...settings,
  ...versions,
});

/** Executions under way keep the definition they were started with. */
export function updateStateMachine(service: Service, body: unknown): unknown {
  const request = parseBody(updateBody, body);
  const known = machineOf(service, request.stateMachineArn);
  const chosen = settingsOf(request);
  if (request.definition === undefined && request.roleArn === undefined && Object.keys(chosen).length === 0)
    throw new ApiError(
      'MissingRequiredParameter',
      'Either the definition, the role ARN, the LoggingConfiguration, the EncryptionConfiguration or the TracingConfiguration must be specified',
    );
  if (request.roleArn !== undefined) checkRole(request.roleArn);
  if (request.definition !== undefined) checkDefinition(service, request.definition);
  const definition = request.definition ?? known.definition;
  const roleArn = request.roleArn ?? known.roleArn;
  const settings = { ...known.settings, ...chosen };
  // An update that changes nothing is none (recorded on AWS), once there was another.
  if (
    known.revisionId !== undefined &&
    definition === known.definition &&
    roleArn === known.roleArn &&
    isDeepStrictEqual(settings, known.settings)
  )
    return { updateDate: seconds(known.updatedMs), revisionId: known.revisionId };
  const updatedMs = service.clock.now();
  const revisionId = service.uuid();
  service.store.putStateMachine({
    ...known,
    definition,
    roleArn,
    settings,
    revisionId,
    updatedMs,
  });
  return { updateDate: seconds(updatedMs), revisionId };
}

const machineBody = z.object({ stateMachineArn: fields.arn, includedData });

export function describeStateMachine(service: Service, body: unknown): unknown {
  const machine = machineOf(service, parseBody(machineBody, body).stateMachineArn);
  return {
    ...describeDefinition(machine),
    stateMachineArn: machine.arn,
    name: machine.name,
    status: 'ACTIVE',
    roleArn: machine.roleArn,
    type: 'STANDARD',
    creationDate: seconds(machine.createdMs),
    ...(machine.revisionId === undefined ? {} : { revisionId: machine.revisionId }),
  };
}

/** What both kinds of descriptions of a machine say of its definition and settings. */
export function describeDefinition({
  definition,
  settings,
}: Pick<StateMachineRecord, 'definition' | 'settings'>): object {
  const references = variableReferences(JSON.parse(definition));
  return {
    definition,
    loggingConfiguration: { level: 'OFF', includeExecutionData: false },
    tracingConfiguration: { enabled: false },
    encryptionConfiguration: { type: 'AWS_OWNED_KEY' },
    ...settings,
    ...(Object.keys(references).length === 0 ? {} : { variableReferences: references }),
  };
}

type SettingsAsked = z.output<z.ZodObject<typeof settings>>;

/** The settings that a request names. Throws InvalidLoggingConfiguration for logs that would go nowhere, or twice. */
function settingsOf(request: SettingsAsked): Settings {
  const { loggingConfiguration, tracingConfiguration, encryptionConfiguration } = request;
  const { level = 'OFF', destinations = [] } = loggingConfiguration ?? {};
  if (destinations.length > 1 || (level !== 'OFF' && destinations.length === 0))
    throw new ApiError(
      'InvalidLoggingConfiguration',
      'Invalid Logging Configuration: Must specify exactly one Log Destination.',
    );
  return {
    ...(loggingConfiguration ? { loggingConfiguration } : {}),
    ...(tracingConfiguration ? { tracingConfiguration } : {}),
    ...(encryptionConfiguration ? { encryptionConfiguration } : {}),
  };
}

/** Deleting what is not there is no error, as on AWS. Running executions go on, which AWS ends. */
export function deleteStateMachine(service: Service, body: unknown): unknown {
  const arn = checkArn('stateMachine', parseBody(machineBody, body).stateMachineArn);
  service.store.removeStateMachine(arn);
  return {};
}

/** By name, as on AWS. */
export function listStateMachines(service: Service, body: unknown): unknown {
  const request = parseBody(z.object(pageFields), body);
  const size = pageSize(request);
  const after = placeOf(request.nextToken, z.tuple([z.string()]))?.[0];
  const machines = service.store
    .stateMachines()
    .filter(({ name }) => after === undefined || name > after)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const page = machines.slice(0, size);
  const last = machines.length > size ? page.at(-1) : undefined;
  return {
    stateMachines: page.map((machine) => ({
      stateMachineArn: machine.arn,
      name: machine.name,
      type: 'STANDARD',
      creationDate: seconds(machine.createdMs),
    })),
    ...(last ? { nextToken: tokenOf([last.name]) } : {}),
  };
}

const validateBody = z.object({
  definition: fields.definition,
  type: z
    .enum(['STANDARD', 'EXPRESS'])
    .refine((type) => type === 'STANDARD', 'expected STANDARD: EXPRESS does not run here')
    .default('STANDARD'),
  severity: z.enum(['ERROR', 'WARNING']).default('ERROR'),
  maxResults: z.int().min(0).max(100).default(0),
});

/** All that is wrong with a definition, each with its place, up to maxResults; with severity WARNING also what looks wrong. */
export function validateStateMachineDefinition(service: Service, body: unknown): unknown {
  const request = parseBody(validateBody, body);
  const errors = validateDefinition(request.definition, service.adapters);
  const warnings =
    request.severity === 'WARNING' && errors.length === 0
      ? unassignedVariables(JSON.parse(request.definition))
      : [];
  const most = request.maxResults === 0 ? 100 : request.maxResults;
  const all = [
    ...errors.map((problem) => ({ severity: 'ERROR', problem })),
    ...warnings.map((problem) => ({ severity: 'WARNING', problem })),
  ];
  return {
    result: errors.length === 0 ? 'OK' : 'FAIL',
    diagnostics: all.slice(0, most).map(({ severity, problem: { code, message, path } }) => ({
      severity,
      code,
      message,
      ...(path === undefined ? {} : { location: path }),
    })),
    truncated: all.length > most,
  };
}

/** Throws StateMachineDoesNotExist. */
export function machineOf(service: Service, arn: string): StateMachineRecord {
  const machine = service.store.stateMachine(checkArn('stateMachine', arn));
  if (!machine) throw new ApiError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
  return machine;
}

function checkDefinition(service: Service, definition: string): void {
  const problems = validateDefinition(definition, service.adapters);
  if (problems.length > 0)
    throw new ApiError(
      'InvalidDefinition',
      `Invalid State Machine Definition: '${describeProblems(problems)}'`,
    );
}

function checkRole(roleArn: string): void {
  if (!/^arn:aws:iam::\d{12}:role\/.+$/.test(roleArn))
    throw new ApiError('InvalidArn', `Invalid Role Arn: '${roleArn}'`);
}
