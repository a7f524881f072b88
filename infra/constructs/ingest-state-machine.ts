import { RemovalPolicy } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { FunctionName } from '../../tasks/functions.ts';
import { acknowledgeWildcards, allow } from '../permissions/allow.ts';
import type { Places } from '../permissions/places.ts';
import { resourcePermissions } from '../permissions/resource-permissions.ts';
import type { DeploymentName } from '../state-machine/deployment-names.ts';
import { ingestDefinition } from '../state-machine/ingest-definition.ts';

export interface IngestStateMachineProps {
  readonly stateMachineName: string;
  readonly places: Places;
  readonly functions: Readonly<Record<FunctionName, IFunction>>;
  /** What stands for each `${Name}` of `state-machines/ingest.asl.json` that is no function's. */
  readonly values: Readonly<Record<DeploymentName, string>>;
  readonly logRetention: RetentionDays;
}

/** The workflow, from the very file that also runs locally, and the role that it acts by. */
export class IngestStateMachine extends Construct {
  readonly stateMachine: StateMachine;

  constructor(scope: Construct, id: string, props: IngestStateMachineProps) {
    super(scope, id);
    const { functions, values, places, logRetention, stateMachineName } = props;
    const functionArns = Object.values(functions).map(({ functionArn }) => functionArn);
    const substitutions: Readonly<Record<string, string>> = {
      ...Object.fromEntries(Object.entries(functions).map(([name, { functionArn }]) => [name, functionArn])),
      ...values,
    };
    this.#refuseUnlessComplete(substitutions);

    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('states.amazonaws.com') });
    for (const resource of ingestDefinition.resources) {
      const permissions = resourcePermissions[resource];
      if (!permissions) {
        throw new Error(
          `${this.node.path}: ${ingestDefinition.file} names the Resource ${resource}, for which there is no entry in infra/permissions/resource-permissions.ts; add what the state machine's role needs for it.`,
        );
      }
      allow(role, permissions(places, functionArns));
    }

    acknowledgeWildcards(role, ['*'], 'X-Ray and the delivery of logs know no resources.');
    this.stateMachine = new StateMachine(this, 'StateMachine', {
      stateMachineName,
      stateMachineType: StateMachineType.STANDARD,
      definitionBody: DefinitionBody.fromFile(ingestDefinition.file),
      definitionSubstitutions: substitutions,
      role,
      tracingEnabled: true,
      logs: {
        destination: new LogGroup(this, 'Logs', {
          // Log groups under this prefix share one entry of the account's resource policy, whose size is limited.
          logGroupName: `/aws/vendedlogs/states/${stateMachineName}`,
          retention: logRetention,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
        level: LogLevel.ALL,
        includeExecutionData: true,
      },
    });
  }

  #refuseUnlessComplete(substitutions: Readonly<Record<string, string>>): void {
    const wanted = new Set(ingestDefinition.placeholders);
    const missing = [...wanted].filter((name) => !(name in substitutions));
    const surplus = Object.keys(substitutions).filter((name) => !wanted.has(name));
    if (missing.length > 0 || surplus.length > 0) {
      throw new Error(
        `${this.node.path}: the substitutions must be exactly the \${Name}s of ${ingestDefinition.file}; missing: ${missing.join(', ') || 'none'}; not in the file: ${surplus.join(', ') || 'none'}.`,
      );
    }
  }
}
