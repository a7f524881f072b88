import type { Template } from 'aws-cdk-lib/assertions';

export interface Statement {
  /** Logical ids of the roles that have it. */
  roles: string[];
  actions: string[];
  /** As JSON text where an ARN is put together by CloudFormation. */
  resources: string[];
  conditions: Record<string, Record<string, unknown>>;
}

interface PolicyResource {
  Properties: {
    Roles?: { Ref: string }[];
    PolicyDocument: {
      Statement: {
        Effect: string;
        Action: string | string[];
        Resource: unknown;
        Condition?: Record<string, Record<string, unknown>>;
      }[];
    };
  };
}

/** What the stack's own roles may do; the roles of the CDK's deployment function left aside. */
export function allowedStatements(template: Template): Statement[] {
  const policies = template.findResources('AWS::IAM::Policy') as Record<string, PolicyResource>;
  return Object.entries(policies)
    .filter(([id]) => !id.startsWith('CustomCDKBucketDeployment'))
    .flatMap(([, { Properties }]) =>
      Properties.PolicyDocument.Statement.filter(({ Effect }) => Effect === 'Allow').map((statement) => ({
        roles: (Properties.Roles ?? []).map(({ Ref }) => Ref),
        actions: [statement.Action].flat(),
        resources: [statement.Resource]
          .flat()
          .map((resource) => (typeof resource === 'string' ? resource : JSON.stringify(resource))),
        conditions: statement.Condition ?? {},
      })),
    );
}

/** The statements of the role whose logical id contains the text. */
export const statementsOf = (template: Template, role: string): Statement[] =>
  allowedStatements(template).filter(({ roles }) => roles.some((id) => id.includes(role)));
