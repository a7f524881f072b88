import { ingest, known } from './ingest.ts';
import type { Block, Json, JsonObject } from './lint/definition.ts';
import { isObject, listOf } from './lint/definition.ts';
import type { Rule } from './lint/finding.ts';
import { lintContents, lintStateMachine } from './lint/lint-state-machine.ts';
import type { KnownNames } from './lint/names/lint-names.ts';

/** The value at a path of the definition, e.g. `States.Alert.Retry[0]`; a mistake is planted in it. */
function at(definition: Block, path: string): JsonObject {
  let value: Json | undefined = definition as unknown as Json;
  for (const step of path.split(/[.[\]]+/).filter(Boolean)) {
    value = Array.isArray(value) ? value[Number(step)] : isObject(value) ? value[step] : undefined;
  }
  if (!isObject(value))
    throw new Error(`There is no ${path} in the workflow any more; plant the mistake elsewhere.`);
  return value;
}

function withMistake(path: string, change: (place: JsonObject) => void): Block {
  const definition = ingest();
  change(at(definition, path));
  return definition;
}

interface Mistake {
  name: string;
  path: string;
  change: (place: JsonObject) => void;
  rule: Rule;
  found: string;
}

const lambdaNames = (definition: JsonObject): Json[] => listOf(definition['ErrorEquals']);

const mistakes: Mistake[] = [
  {
    name: 'a transition to a state that is not there',
    path: 'States.PlanRun',
    change: (state) => Object.assign(state, { Next: 'ChoseEngine' }),
    rule: 'asl-validator',
    found: '',
  },
  {
    name: 'a Task without a Catch',
    path: 'States.CreateCluster',
    change: (state) => delete state['Catch'],
    rule: 'catch-missing',
    found: 'CreateCluster',
  },
  {
    name: 'a Map without a Catch around its Task',
    path: 'States.PinInputs',
    change: (state) => delete state['Catch'],
    rule: 'catch-missing',
    found: 'PinInputs/PinInput',
  },
  {
    name: 'a Catch of some errors only',
    path: 'States.Deliver.Catch[0]',
    change: (catcher) => Object.assign(catcher, { ErrorEquals: ['LoadFailed'] }),
    rule: 'catch-missing',
    found: 'Deliver',
  },
  {
    name: 'States.ALL before another Catch',
    path: 'States.Deliver',
    change: (state) => listOf(state['Catch']).push({ ErrorEquals: ['LoadFailed'], Next: 'DiagnoseFailure' }),
    rule: 'states-all-not-last',
    found: 'Deliver: Catch[0]',
  },
  {
    name: 'States.ALL beside another name',
    path: 'States.Deliver.Catch[0]',
    change: (catcher) => listOf(catcher['ErrorEquals']).push('LoadFailed'),
    rule: 'states-all-not-last',
    found: 'Deliver: Catch[0]',
  },
  {
    name: 'a Retry of an error that cannot pass',
    path: 'States.PlanRun.Retry[0]',
    change: (retrier) => lambdaNames(retrier).push('CostCapExceeded'),
    rule: 'retry-of-terminal-error',
    found: 'PlanRun: Retry[0]',
  },
  {
    name: 'a Retry of every error',
    path: 'States.VerifyOutput.Retry[0]',
    change: (retrier) => Object.assign(retrier, { ErrorEquals: ['States.TaskFailed'] }),
    rule: 'retry-of-everything',
    found: 'VerifyOutput: Retry[0]',
  },
  {
    name: 'a Retry without jitter',
    path: 'States.Alert.Retry[0]',
    change: (retrier) => delete retrier['JitterStrategy'],
    rule: 'retry-without-jitter',
    found: 'Alert: Retry[0]',
  },
  {
    name: 'a Retry without a cap',
    path: 'States.Alert.Retry[0]',
    change: (retrier) => delete retrier['MaxDelaySeconds'],
    rule: 'retry-without-jitter',
    found: 'Alert: Retry[0]',
  },
  {
    name: 'a misspelt field of a Retry',
    path: 'States.Alert.Retry[0]',
    change: (retrier) => Object.assign(retrier, { MaxAttempt: 3 }),
    rule: 'unknown-retry-field',
    found: 'Alert: Retry[0]',
  },
  {
    name: 'a Retry of the error that ends the execution',
    path: 'States.RedriveGate.Retry[0]',
    change: (retrier) => lambdaNames(retrier).push('ServiceUnavailable'),
    rule: 'retry-of-the-final-error',
    found: 'RedriveGate: Retry[0]',
  },
  {
    name: 'an error name that nothing throws',
    path: 'States.Deliver.Retry[0]',
    change: (retrier) => lambdaNames(retrier).push('ServiceUnavailible'),
    rule: 'unknown-error-name',
    found: 'Deliver: Retry[0]',
  },
  {
    name: "an exception that the service's model does not know",
    path: 'States.RunGlueJob.Retry[0]',
    change: (retrier) => lambdaNames(retrier).push('Glue.ConcurrentRunExceededException'),
    rule: 'unknown-error-name',
    found: 'RunGlueJob: Retry[0]',
  },
  {
    name: 'a Resource without permissions',
    path: 'States.Alert',
    change: (state) => Object.assign(state, { Resource: 'arn:aws:states:::sqs:sendMessage' }),
    rule: 'unknown-resource',
    found: 'Alert: Resource',
  },
  {
    name: 'a placeholder that the deployment does not fill in',
    path: 'States.Alert.Arguments',
    change: (given) => Object.assign(given, { TopicArn: '${AlertTopic}' }),
    rule: 'unknown-placeholder',
    found: '${AlertTopic}',
  },
  {
    name: 'a value of the deployment that is not used',
    path: 'States.Alert.Arguments',
    change: (given) => Object.assign(given, { TopicArn: 'arn:aws:sns:eu-west-1:123456789012:alerts' }),
    rule: 'unused-substitution',
    found: '${TopicArn}',
  },
  {
    name: 'a function that is not in the table',
    path: 'States.LeaveGate.Arguments',
    change: (given) => Object.assign(given, { FunctionName: '${LeaveGates}' }),
    rule: 'unknown-function',
    found: 'LeaveGate: Arguments.FunctionName',
  },
  {
    name: 'a function that no state invokes',
    path: 'States.LeaveGate.Arguments',
    change: (given) => Object.assign(given, { FunctionName: '${CleanUp}' }),
    rule: 'function-without-state',
    found: '${LeaveGate}',
  },
  {
    name: 'a Task that may wait for ever',
    path: 'States.RunSparkStep',
    change: (state) => delete state['TimeoutSeconds'],
    rule: 'task-timeout',
    found: 'RunSparkStep',
  },
  {
    name: 'a Task that gives up before its function does',
    path: 'States.VerifyOutput',
    change: (state) => Object.assign(state, { TimeoutSeconds: 120 }),
    rule: 'task-timeout',
    found: 'VerifyOutput: TimeoutSeconds',
  },
  {
    name: 'a misspelt argument',
    path: 'States.Alert.Arguments',
    change: (given) => Object.assign(given, { Mesage: 'x' }),
    rule: 'arguments',
    found: 'Alert: Arguments.Mesage',
  },
  {
    name: 'a missing argument',
    path: 'States.Alert.Arguments',
    change: (given) => delete given['Message'],
    rule: 'arguments',
    found: 'Alert: Arguments.Message',
  },
  {
    name: 'a missing argument deep down',
    path: 'States.RunSparkStep.Arguments.Step.HadoopJarStep',
    change: (given) => delete given['Jar'],
    rule: 'arguments',
    found: 'RunSparkStep: Arguments.Step.HadoopJarStep.Jar',
  },
  {
    name: 'a misspelt member in a list',
    path: 'States.CreateCluster.Arguments.Tags[1]',
    change: (tag) => Object.assign(tag, { Val: 'x' }),
    rule: 'arguments',
    found: 'CreateCluster: Arguments.Tags[1].Val',
  },
  {
    name: 'an argument of the wrong type',
    path: 'States.CreateCluster.Arguments',
    change: (given) => Object.assign(given, { StepConcurrencyLevel: '1' }),
    rule: 'arguments',
    found: 'CreateCluster: Arguments.StepConcurrencyLevel',
  },
  {
    name: 'an expression of the wrong type',
    path: 'States.CreateCluster.Arguments.Instances',
    change: (given) => Object.assign(given, { Ec2SubnetIds: "{% 'a' & 'b' %}" }),
    rule: 'arguments',
    found: 'CreateCluster: Arguments.Instances.Ec2SubnetIds',
  },
  {
    name: 'Steps (plural) where the integration takes one',
    path: 'States.RunSparkStep.Arguments',
    change: (given) => Object.assign(given, { Steps: [] }),
    rule: 'arguments',
    found: 'RunSparkStep: Arguments.Steps',
  },
  {
    name: 'a cluster that ends at once',
    path: 'States.CreateCluster.Arguments.Instances',
    change: (given) => delete given['KeepJobFlowAliveWhenNoSteps'],
    rule: 'arguments',
    found: 'CreateCluster: Arguments.Instances.KeepJobFlowAliveWhenNoSteps',
  },
  {
    name: 'a cluster that has steps already',
    path: 'States.CreateCluster.Arguments',
    change: (given) => Object.assign(given, { Steps: [] }),
    rule: 'arguments',
    found: 'CreateCluster: Arguments.Steps',
  },
  {
    name: 'an expression that does not parse',
    path: 'States.Alert.Arguments',
    change: (given) => Object.assign(given, { Subject: '{% $diagnosis. %}' }),
    rule: 'jsonata-syntax',
    found: 'Alert: Arguments.Subject',
  },
  {
    name: 'an expression that lost its end',
    path: 'States.Alert.Arguments',
    change: (given) => Object.assign(given, { Subject: '{% $diagnosis.subject' }),
    rule: 'jsonata-syntax',
    found: 'Alert: Arguments.Subject',
  },
  {
    name: 'a variable that no state assigns',
    path: 'States.PlanRun.Arguments.Payload',
    change: (given) => Object.assign(given, { dataset: '{% $runs.dataset %}' }),
    rule: 'undefined-variable',
    found: 'PlanRun: Arguments.Payload.dataset',
  },
  {
    name: 'a variable that a Map keeps to itself',
    path: 'States.PinInputs.ItemProcessor.States.PinInput',
    change: (state) => Object.assign(state, { Output: '{% $item %}' }),
    rule: 'undefined-variable',
    found: 'PinInputs/PinInput: Output',
  },
  {
    name: 'a variable that one way does not assign',
    path: 'States.LeaveGate.Arguments.Payload',
    change: (given) => Object.assign(given, { attempt: '{% $attempt %}', pins: '{% $pins %}' }),
    rule: 'unassigned-variable',
    found: 'LeaveGate: Arguments.Payload.pins',
  },
  {
    name: 'a Choice rule that forgets to assign',
    path: 'States.Admitted?.Choices[0]',
    change: (rule) => delete rule['Assign'],
    rule: 'unassigned-variable',
    found: 'VerifyOutput: Arguments.Payload.attempt',
  },
  {
    name: 'a failure that need not have come so far',
    path: 'States.DiagnoseFailure.Arguments.Payload',
    change: (given) => Object.assign(given, { clusterId: '{% $clusterId %}' }),
    rule: 'unassigned-variable',
    found: 'DiagnoseFailure: Arguments.Payload.clusterId',
  },
  {
    name: 'a Catch that forgets to tell what failed',
    path: 'States.RunGlueJob.Catch[0]',
    change: (catcher) => delete catcher['Assign'],
    rule: 'unassigned-variable',
    found: 'DiagnoseFailure: Arguments.Payload.failure',
  },
  {
    name: 'a function that Step Functions does not have',
    path: 'States.PlanRun',
    change: (state) => Object.assign(state, { Output: '{% $eval("1") %}' }),
    rule: 'unknown-jsonata-function',
    found: 'PlanRun: Output',
  },
  {
    name: 'a misspelt member of $states',
    path: 'States.PlanRun',
    change: (state) => Object.assign(state, { Output: '{% $states.results.Payload %}' }),
    rule: 'states-path',
    found: 'PlanRun: Output',
  },
  {
    name: 'a misspelt member of the context',
    path: 'States.RedriveGate.Arguments.Payload',
    change: (given) =>
      Object.assign(given, { redriveCount: '{% $states.context.Execution.RedriveCounter %}' }),
    rule: 'states-path',
    found: 'RedriveGate: Arguments.Payload.redriveCount',
  },
  {
    name: 'a misspelt member of a result',
    path: 'States.CreateCluster.Assign',
    change: (assign) => Object.assign(assign, { clusterId: '{% $states.result.ClusterID %}' }),
    rule: 'states-path',
    found: 'CreateCluster: Assign.clusterId',
  },
  {
    name: 'a result in a Choice',
    path: 'States.Delivered?.Choices[0]',
    change: (rule) => Object.assign(rule, { Condition: '{% $states.result.done %}' }),
    rule: 'states-path',
    found: 'Delivered?: Choices[0].Condition',
  },
  {
    name: 'a result in Arguments',
    path: 'States.PlanRun.Arguments.Payload',
    change: (given) => Object.assign(given, { runId: '{% $states.result.runId %}' }),
    rule: 'states-path',
    found: 'PlanRun: Arguments.Payload.runId',
  },
  {
    name: 'a result in a Catch',
    path: 'States.CleanUp.Catch[0]',
    change: (catcher) => Object.assign(catcher, { Output: '{% $states.result %}' }),
    rule: 'states-path',
    found: 'CleanUp: Catch[0].Output',
  },
  {
    name: 'the item of a Map outside of one',
    path: 'States.PlanRun.Arguments.Payload',
    change: (given) => Object.assign(given, { runId: '{% $states.context.Map.Item.Value %}' }),
    rule: 'states-path',
    found: 'PlanRun: Arguments.Payload.runId',
  },
  {
    name: 'a variable that lost its $',
    path: 'States.Delivered?.Choices[0]',
    change: (rule) => Object.assign(rule, { Condition: '{% delivery.done %}' }),
    rule: 'no-context-value',
    found: 'Delivered?: Choices[0].Condition',
  },
];

describe('the lint of the workflow', () => {
  it('finds nothing in the workflow as it is', () => {
    expect(lintStateMachine(ingest(), known)).toEqual([]);
  });

  it.each(mistakes)('finds $name', ({ path, change, rule, found }) => {
    const lint = rule === 'asl-validator' ? lintStateMachine : lintContents;
    const findings = lint(withMistake(path, change), known);
    expect(findings).toContainEqual(expect.objectContaining({ rule, path: found }));
  });

  it('has a planted mistake for each of its rules', () => {
    const planted = new Set(mistakes.map(({ rule }) => rule));
    const rules: Record<Rule, true> = {
      'asl-validator': true,
      'catch-missing': true,
      'states-all-not-last': true,
      'retry-of-terminal-error': true,
      'retry-of-everything': true,
      'retry-without-jitter': true,
      'retry-of-the-final-error': true,
      'unknown-error-name': true,
      'unknown-retry-field': true,
      'unknown-resource': true,
      'unknown-placeholder': true,
      'unused-substitution': true,
      'unknown-function': true,
      'function-without-state': true,
      'task-timeout': true,
      arguments: true,
      'jsonata-syntax': true,
      'undefined-variable': true,
      'unassigned-variable': true,
      'unknown-jsonata-function': true,
      'states-path': true,
      'no-context-value': true,
    };
    expect([...planted].toSorted()).toEqual(Object.keys(rules).toSorted());
  });
});

describe('the lint leaves alone', () => {
  it.each([
    ['what $exists asks first', "{% $exists($clusterId) ? $clusterId : '' %}"],
    ['what follows $exists by and', '{% $exists($clusterId) and $clusterId = "j-1" %}'],
    ['a binding of the expression itself', '{% ($n := 2; $map([1, 2], function($i) { $i * $n })) %}'],
    [
      'a name that a path or a filter gives a context',
      '{% [1, 2][$ > 1] ~> $map(function($v) { {"v": $v}.v }) %}',
    ],
    ['names in a filter', '{% $states.input.uploads[status = "WAITING"].uploadId %}'],
  ])('%s', (_, expression) => {
    const definition = withMistake('States.DiagnoseFailure.Arguments.Payload', (given) =>
      Object.assign(given, { clusterId: expression }),
    );
    expect(lintContents(definition, known)).toEqual([]);
  });
});

describe('the names that the lint knows', () => {
  it('are wanted, not just allowed: a function more is missed in the workflow', () => {
    const more: KnownNames = {
      ...known,
      functions: { ...known.functions, Sweep: { timeoutSeconds: 60 } },
    };
    expect(lintContents(ingest(), more)).toEqual([
      expect.objectContaining({ rule: 'function-without-state', path: '${Sweep}' }),
    ]);
  });
});
