import { join } from 'node:path';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogLevel, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { bundlingOptions, entryFile, HANDLER_EXPORT } from '../../tasks/bundling.ts';
import { type FunctionName, functionTable } from '../../tasks/functions.ts';
import { acknowledgeWildcards, allow } from '../permissions/allow.ts';
import { functionPermissions } from '../permissions/function-permissions.ts';
import type { Places } from '../permissions/places.ts';

const projectRoot = join(import.meta.dirname, '../..');

export interface TaskFunctionsProps {
  readonly places: Places;
  /** The settings that every function reads from its environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly logRetention: RetentionDays;
}

/** One function for each entry of `tasks/functions.ts`, each with a role of its own that may do what it calls. */
export class TaskFunctions extends Construct {
  readonly byName: Readonly<Record<FunctionName, NodejsFunction>>;

  constructor(scope: Construct, id: string, props: TaskFunctionsProps) {
    super(scope, id);
    const names = Object.keys(functionTable) as FunctionName[];
    this.byName = Object.fromEntries(names.map((name) => [name, this.#functionOf(name, props)])) as Record<
      FunctionName,
      NodejsFunction
    >;
  }

  get arns(): string[] {
    return Object.values(this.byName).map(({ functionArn }) => functionArn);
  }

  #functionOf(name: FunctionName, { places, environment, logRetention }: TaskFunctionsProps): NodejsFunction {
    const { memoryMiB, timeoutSeconds } = functionTable[name];
    const place = new Construct(this, name);
    const logGroup = new LogGroup(place, 'Logs', {
      retention: logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(place, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    allow(role, functionPermissions[name](places));
    acknowledgeWildcards(role, ['*'], 'X-Ray knows no resources.');
    return new NodejsFunction(place, 'Function', {
      description: `Tidegate: ${name}`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: memoryMiB,
      timeout: Duration.seconds(timeoutSeconds),
      tracing: Tracing.ACTIVE,
      role,
      logGroup,
      environment: { ...environment },
      entry: entryFile(name),
      handler: HANDLER_EXPORT,
      projectRoot,
      depsLockFilePath: join(projectRoot, 'package-lock.json'),
      bundling: {
        logLevel: LogLevel.ERROR,
        format: OutputFormat.ESM,
        target: bundlingOptions.target,
        mainFields: [...bundlingOptions.mainFields],
        minify: bundlingOptions.minify,
        banner: bundlingOptions.banner.js,
        // Nothing is left to what the runtime happens to bring.
        externalModules: [],
      },
    });
  }
}
