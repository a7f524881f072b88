import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AnyPrincipal, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';

export interface AlertsProps {
  /** Addresses that get every alert; each must confirm the subscription that SNS mails it. */
  readonly emails: readonly string[];
  /** Whether SNS encrypts what it holds of them by a key of the stack's own. */
  readonly encrypted: boolean;
}

/** The topic that people and alarms are told by. */
export class Alerts extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, { emails, encrypted }: AlertsProps) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', {
      enforceSSL: true,
      displayName: 'Tidegate',
      ...(encrypted && { masterKey: this.#key() }),
    });
    // A topic policy of one's own replaces the default one, which let the account's alarms publish.
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    for (const email of emails) this.topic.addSubscription(new EmailSubscription(email));
  }

  /** As with the key that SNS manages itself: who may publish or subscribe may use it, by SNS only. Alarms may, too. */
  #key(): Key {
    const { account, region } = Stack.of(this);
    const key = new Key(this, 'Key', {
      description: 'Alerts of Tidegate',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const uses = { actions: ['kms:Decrypt', 'kms:GenerateDataKey*'], resources: ['*'] };
    key.addToResourcePolicy(
      new PolicyStatement({
        ...uses,
        principals: [new AnyPrincipal()],
        conditions: {
          StringEquals: { 'kms:ViaService': `sns.${region}.amazonaws.com`, 'kms:CallerAccount': account },
        },
      }),
    );
    key.addToResourcePolicy(
      new PolicyStatement({
        ...uses,
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        conditions: { StringEquals: { 'aws:SourceAccount': account } },
      }),
    );
    return key;
  }
}
