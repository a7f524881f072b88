import { type App, Validations } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { tidegateStack } from './synthesise.ts';

/** @throws Error with every finding that nothing acknowledges. */
function check(app: App): void {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  app.synth();
}

describe('the checks of AwsSolutions', () => {
  it.each([{ removeDataOnDestroy: false }, { removeDataOnDestroy: true, encryptAlerts: true }])(
    'find nothing that is not acknowledged with a reason (%p)',
    (props) => {
      expect(() => check(tidegateStack(props).app)).not.toThrow();
    },
  );

  it('find an open bucket that somebody adds', () => {
    const { app, stack } = tidegateStack();
    new Bucket(stack, 'Open');
    expect(() => check(app)).toThrow(/AwsSolutions-S10/);
  });
});
