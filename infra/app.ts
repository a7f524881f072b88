import { join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { packageArtifacts } from './package-artifacts.ts';
import { readSettings } from './settings.ts';
import { TidegateStack } from './tidegate-stack.ts';

const root = join(import.meta.dirname, '..');
const app = new App();
const settingsFile: unknown = app.node.tryGetContext('settings');
const { name, account, region, ...pipeline } = readSettings(
  typeof settingsFile === 'string' ? settingsFile : join(root, 'infra/settings.json'),
);
new TidegateStack(app, name, {
  env: { ...(account && { account }), ...(region && { region }) },
  pipeline: { ...pipeline, name, artifactsFolder: await packageArtifacts(join(root, 'out/infra/artifacts')) },
});
Validations.of(app).addPlugins(new AwsSolutionsChecks(app, { verbose: true }));
