import { join } from 'node:path';

/** Where things lie on this machine. */
export const ROOT = join(import.meta.dirname, '..', '..');
/** Everything that the local stack makes, and nothing else, is in here. */
export const LOCAL = join(ROOT, '.local');

export const places = {
  stack: join(LOCAL, 'stack.json'),
  processes: join(LOCAL, 'processes'),
  logs: join(LOCAL, 'logs'),
  /** What the services keep; emptied when the stack starts from nothing. */
  data: join(LOCAL, 'data'),
  /** Working folders of Spark programs; emptied likewise. */
  work: join(LOCAL, 'work'),
  bundles: join(LOCAL, 'bundles'),
  contracts: join(LOCAL, 'contracts'),
  spark: join(LOCAL, 'spark'),
  sparkConfiguration: join(LOCAL, 'spark-conf'),
  jars: join(LOCAL, 'ivy', 'jars'),
  emrJournal: join(LOCAL, 'data', 'emr.json'),
  glueJournal: join(LOCAL, 'data', 'glue.json'),
  states: join(LOCAL, 'data', 'states'),
  virtualEnvironment: join(ROOT, '.venv'),
  workflow: join(ROOT, 'state-machines', 'ingest.asl.json'),
  eventPattern: join(ROOT, 'state-machines', 'upload-event-pattern.json'),
} as const;

export const python = join(places.virtualEnvironment, 'bin', 'python');
