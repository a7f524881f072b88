import path from 'node:path';
import { functionTable } from '../../tasks/functions.ts';
import { BUCKETS } from '../fakes/samples.ts';
import { STATE_MACHINE_ARN } from './environment.ts';
import { createExecutor } from './executor.ts';
import type { Plant } from './plants.ts';
import { readPlanted } from './replace-modules.ts';
import type { Workflow } from './simulate.ts';
import type { Handler } from './world.ts';

const TASKS = path.join(import.meta.dirname, '../../tasks');

/** The workflow as it is, or with a bug planted in it. After `replaceModules`, and once in a process. */
export async function loadWorkflow(plant: Plant | null): Promise<Workflow> {
  const handlers: Record<string, Handler> = {};
  for (const [name, { folder }] of Object.entries(functionTable)) {
    handlers[name] = (await import(path.join(TASKS, folder, 'handler.ts'))).handler;
  }
  const definition = readPlanted('state-machines/ingest.asl.json', plant).replaceAll(
    /\$\{(\w+)\}/g,
    (_, name: string) => substitution(name),
  );
  return { handlers, executor: createExecutor(definition) };
}

const SUBSTITUTIONS: Record<string, string> = {
  ArtifactsBucket: BUCKETS.artifactsBucket,
  EmrSubnetIds: 'subnet-1',
  StateMachineArn: STATE_MACHINE_ARN,
};

/** Functions go by their own names. */
const substitution = (name: string): string => SUBSTITUTIONS[name] ?? name;
