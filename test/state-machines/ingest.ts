import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { resourcePermissions } from '../../infra/permissions/resource-permissions.ts';
import { deploymentNames } from '../../infra/state-machine/deployment-names.ts';
import { errorTable } from '../../tasks/core/errors.ts';
import { functionTable } from '../../tasks/functions.ts';
import type { Block } from './lint/definition.ts';
import type { KnownNames } from './lint/names/lint-names.ts';

/** A fresh copy of the workflow, to be changed at will. */
export const ingest = (): Block =>
  JSON.parse(readFileSync(join(import.meta.dirname, '../../state-machines/ingest.asl.json'), 'utf8'));

export const known: KnownNames = {
  functions: functionTable,
  resources: Object.keys(resourcePermissions),
  substitutions: deploymentNames,
  errors: errorTable,
};
