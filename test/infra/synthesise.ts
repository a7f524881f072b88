import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { App, type Environment } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { TidegatePipelineProps } from '../../infra/constructs/tidegate-pipeline.ts';
import { TidegateStack } from '../../infra/tidegate-stack.ts';
import { functionTable } from '../../tasks/functions.ts';

const google = {
  projectId: 'some-project',
  dataset: 'tidegate',
  stagingDataset: 'tidegate_staging',
  location: 'EU',
  bucket: 'some-project-tidegate',
  credentialConfig: { type: 'external_account' },
};

/** A stack whose functions and artifacts are empty files. */
export function tidegateStack(
  props: Partial<TidegatePipelineProps> = {},
  env: Environment = {},
): { app: App; stack: TidegateStack } {
  const outdir = mkdtempSync(join(tmpdir(), 'tidegate-synth-'));
  const app = new App({ outdir });
  const pipeline = { google, artifactsFolder: artifactsFolder(), ...props };
  return { app, stack: new TidegateStack(app, 'Test', { env, pipeline }) };
}

export const synthesise = (props: Partial<TidegatePipelineProps> = {}): Template =>
  Template.fromStack(tidegateStack(props).stack);

function artifactsFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-artifacts-'));
  const files = [
    'spark/job.py',
    'datasets/contract.json',
    ...Object.values(functionTable).map((entry) => `functions/${entry.folder}/index.mjs`),
  ];
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    // Its own content, for the CDK tells assets apart by it.
    writeFileSync(join(folder, file), file);
  }
  return folder;
}
