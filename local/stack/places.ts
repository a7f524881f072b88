import { join, resolve } from 'node:path';

/** Where things lie on this machine. */
export const ROOT = join(import.meta.dirname, '..', '..');
const DOWNLOADS = join(ROOT, '.local');
/** Everything that the local stack makes is in here; another folder is another stack. */
export const LOCAL = resolve(ROOT, process.env['TIDEGATE_STACK_FOLDER'] ?? '.local');

export const places = {
  stack: join(LOCAL, 'stack.json'),
  processes: join(LOCAL, 'processes'),
  logs: join(LOCAL, 'logs'),
  /** What the services keep; emptied when the stack starts from nothing. */
  data: join(LOCAL, 'data'),
  /** Working folders of Spark programs; emptied likewise. */
  work: join(LOCAL, 'work'),
  /** Temporary files of Spark programs, none of which outlive them. */
  scratch: join(LOCAL, 'scratch'),
  bundles: join(LOCAL, 'bundles'),
  contracts: join(LOCAL, 'contracts'),
  spark: join(LOCAL, 'spark'),
  sparkProperties: join(LOCAL, 'spark.conf'),
  jars: join(DOWNLOADS, 'ivy', 'jars'),
  /** Files of the shipped datasets, to upload. */
  samples: join(DOWNLOADS, 'samples'),
  classArchive: join(DOWNLOADS, 'spark-classes.jsa'),
  emrJournal: join(LOCAL, 'data', 'emr.json'),
  glueJournal: join(LOCAL, 'data', 'glue.json'),
  states: join(LOCAL, 'data', 'states'),
  virtualEnvironment: join(ROOT, '.venv'),
  workflow: join(ROOT, 'state-machines', 'ingest.asl.json'),
  eventPattern: join(ROOT, 'state-machines', 'upload-event-pattern.json'),
} as const;

export const python = join(places.virtualEnvironment, 'bin', 'python');
