import { dirname } from 'node:path';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as LambdaFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { bundleFile, HANDLER_EXPORT } from '../../tasks/bundling.ts';
import { type FunctionEntry, type FunctionName, functionTable } from '../../tasks/functions.ts';
import { acknowledgeWildcards, allow } from '../permissions/allow.ts';
import { functionPermissions } from '../permissions/function-permissions.ts';
import type { Places } from '../permissions/places.ts';

export interface TaskFunctionsProps {
  readonly places: Places;
  /** The settings that every function reads from its environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where `bundleFunctions` put them. */
  readonly bundlesFolder: string;
  readonly logRetention: RetentionDays;
}

/** One function for each entry of `tasks/functions.ts`, each with a role of its own that may do what it calls. */
export class TaskFunctions extends Construct {
  readonly byName: Readonly<Record<FunctionName, LambdaFunction>>;

  constructor(scope: Construct, id: string, props: TaskFunctionsProps) {
    super(scope, id);
    const names = Object.keys(functionTable) as FunctionName[];
    this.byName = Object.fromEntries(names.map((name) => [name, this.#functionOf(name, props)])) as Record<
      FunctionName,
      LambdaFunction
    >;
  }

  #functionOf(name: FunctionName, props: TaskFunctionsProps): LambdaFunction {
    const { places, environment, bundlesFolder, logRetention } = props;
    const { memoryMiB, timeoutSeconds, nodeOptions }: FunctionEntry = functionTable[name];
    const place = new Construct(this, name);
    const logGroup = new LogGroup(place, 'Logs', {
      retention: logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(place, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    allow(role, functionPermissions[name](places));
    acknowledgeWildcards(role, ['*'], 'X-Ray knows no resources.');
    return new LambdaFunction(place, 'Function', {
      description: `Tidegate: ${name}`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: memoryMiB,
      timeout: Duration.seconds(timeoutSeconds),
      tracing: Tracing.ACTIVE,
      role,
      logGroup,
      environment: { ...environment, ...(nodeOptions && { NODE_OPTIONS: nodeOptions }) },
      code: Code.fromAsset(dirname(bundleFile(bundlesFolder, name))),
      handler: `index.${HANDLER_EXPORT}`,
    });
  }
}
