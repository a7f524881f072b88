import { type App, type Environment, Validations } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { TidegatePipelineProps } from '../../infra/constructs/tidegate-pipeline.ts';
import { tidegateStack } from './synthesise.ts';

/** @throws Error with every finding that nothing acknowledges. */
function check(app: App): void {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  app.synth();
}

describe('the checks of AwsSolutions', () => {
  it.each<[Partial<TidegatePipelineProps>, Environment]>([
    [{ removeDataOnDestroy: false }, {}],
    [{ removeDataOnDestroy: true, encryptAlerts: true }, {}],
    [{ removeDataOnDestroy: false }, { account: '123456789012', region: 'eu-west-1' }],
    [
      { removeDataOnDestroy: true, encryptAlerts: true },
      { account: '123456789012', region: 'eu-west-1' },
    ],
    [{ removeDataOnDestroy: false }, { account: '123456789012' }],
    [{ removeDataOnDestroy: false }, { region: 'eu-west-1' }],
  ])('find nothing that is not acknowledged with a reason (%p, %p)', (props, env) => {
    expect(() => check(tidegateStack(props, env).app)).not.toThrow();
  });

  it('find an open bucket that somebody adds', () => {
    const { app, stack } = tidegateStack();
    new Bucket(stack, 'Open');
    expect(() => check(app)).toThrow(/AwsSolutions-S10/);
  });
});
