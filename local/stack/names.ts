import { type FunctionName, functionTable } from '../../tasks/functions.ts';

/** The local stack's resources by name. Each stack has emulators of its own, so names never meet another's. */
export const region = 'us-east-1';
export const account = '123456789012';

export const names = {
  sourceBucket: 'tidegate-source',
  lakeBucket: 'tidegate-lake',
  destinationBucket: 'tidegate-destination',
  artifactsBucket: 'tidegate-artifacts',
  stateTable: 'tidegate-state',
  topic: 'tidegate-alerts',
  /** Receives what is published to the topic, for whoever wants to see it. */
  alertsQueue: 'tidegate-alerts',
  /** Receives the events of uploads. */
  uploadsQueue: 'tidegate-uploads',
  rule: 'tidegate-uploads',
  stateMachine: 'tidegate-ingest',
  glueJob: 'tidegate',
  maintenanceJob: 'tidegate-maintenance',
  gcsBucket: 'tidegate-transfer',
  bigQueryProject: 'tidegate-local',
  bigQueryDataset: 'tidegate',
  bigQueryStagingDataset: 'tidegate_staging',
  bigQueryLocation: 'US',
} as const;

export const functionName = (name: FunctionName): string => `tidegate-${functionTable[name].folder}`;

const arn = (service: string, resource: string): string =>
  `arn:aws:${service}:${region}:${account}:${resource}`;

export const arns = {
  topic: arn('sns', names.topic),
  alertsQueue: arn('sqs', names.alertsQueue),
  uploadsQueue: arn('sqs', names.uploadsQueue),
  stateMachine: arn('states', `stateMachine:${names.stateMachine}`),
  role: `arn:aws:iam::${account}:role/tidegate-local`,
  function: (name: FunctionName): string => arn('lambda', `function:${functionName(name)}`),
} as const;
