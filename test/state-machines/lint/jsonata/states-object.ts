import type { Scope } from './expressions.ts';

/** A member with its own members; `any` where its content is the workflow's own. */
type Shape = 'any' | { readonly [member: string]: Shape };

/** The context object (Developer Guide, "Accessing execution data from the Context object"). */
const CONTEXT = {
  Execution: {
    Id: 'any',
    Input: 'any',
    Name: 'any',
    RoleArn: 'any',
    StartTime: 'any',
    RedriveCount: 'any',
    RedriveTime: 'any',
  },
  State: { EnteredTime: 'any', Name: 'any', RetryCount: 'any' },
  StateMachine: { Id: 'any', Name: 'any' },
} as const satisfies Shape;

const MAP = { Item: { Index: 'any', Key: 'any', Value: 'any' } } as const satisfies Shape;

/** What the integrations answer, as far as a state reads it. */
const RESULTS: Readonly<Record<string, Shape>> = {
  'arn:aws:states:::lambda:invoke': { Payload: 'any', StatusCode: 'any', ExecutedVersion: 'any' },
  'arn:aws:states:::elasticmapreduce:createCluster.sync': {
    ClusterId: 'any',
    ClusterArn: 'any',
    Cluster: 'any',
  },
  'arn:aws:states:::elasticmapreduce:addStep.sync': {
    Step: { Id: 'any', Name: 'any', Status: 'any', Config: 'any', ActionOnFailure: 'any' },
  },
  'arn:aws:states:::glue:startJobRun.sync': {
    Id: 'any',
    JobName: 'any',
    JobRunState: 'any',
    ErrorMessage: 'any',
    StartedOn: 'any',
    CompletedOn: 'any',
    ExecutionTime: 'any',
    DPUSeconds: 'any',
  },
  'arn:aws:states:::sns:publish': { MessageId: 'any', SequenceNumber: 'any' },
};

/** What `$states` holds where an expression stands. */
export function statesObject(scope: Scope, resource: string, insideMap: boolean): Shape {
  return {
    input: 'any',
    context: insideMap ? { ...CONTEXT, Map: MAP } : CONTEXT,
    ...(scope === 'result' && { result: RESULTS[resource] ?? 'any' }),
    ...(scope === 'errorOutput' && { errorOutput: { Error: 'any', Cause: 'any' } }),
  };
}

/** @returns the first member of the path that is not there, with what there is; null when all are. */
export function missingMember(
  path: readonly string[],
  shape: Shape,
): { member: string; expected: string[] } | null {
  const [member, ...rest] = path;
  if (member === undefined || shape === 'any') return null;
  const next = Object.hasOwn(shape, member) ? shape[member] : undefined;
  return next === undefined ? { member, expected: Object.keys(shape) } : missingMember(rest, next);
}
