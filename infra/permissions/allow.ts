import { Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import type { Grant } from './grant.ts';

/** Gives the grants to the role, and acknowledges each wildcard in their resources with the grant's own reason. */
export function allow(role: Role, grants: readonly Grant[]): void {
  for (const { actions, resources, conditions, wildcard } of grants) {
    role.addToPolicy(
      new PolicyStatement({
        actions: [...actions],
        resources: [...resources],
        ...(conditions && { conditions }),
      }),
    );
    if (wildcard) acknowledgeWildcards(role, resources, wildcard);
  }
}

/** Acknowledges exactly these wildcards in the policies under `scope`. */
export function acknowledgeWildcards(scope: IConstruct, resources: readonly string[], reason: string): void {
  for (const resource of resources) {
    const flat = flatten(Stack.of(scope).resolve(resource));
    if (!flat.includes('*')) continue;
    Validations.of(scope).acknowledge({ id: `AwsSolutions::AwsSolutions-IAM5[Resource::${flat}]`, reason });
  }
}

/** A resolved ARN as cdk-nag writes it in the name of a finding: `<LogicalId.Arn>/runs/*`. */
function flatten(resolved: unknown): string {
  if (typeof resolved === 'string') return resolved;
  if (typeof resolved !== 'object' || resolved === null) return '';
  const [[key, value] = []] = Object.entries(resolved);
  if (key === 'Ref') return `<${String(value)}>`;
  if (key === 'Fn::GetAtt' && Array.isArray(value)) return `<${value.join('.')}>`;
  if (key === 'Fn::Join' && Array.isArray(value)) {
    const [delimiter, parts] = value as [string, unknown[]];
    return parts.map(flatten).join(delimiter);
  }
  return JSON.stringify(resolved);
}
