import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { GlueClient } from '@aws-sdk/client-glue';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { bundleFunctions } from '../../tasks/bundling.ts';
import { sparkDefaults } from '../engines/spark/spark-defaults.ts';
import { BackgroundProcesses } from '../processes/background-process.ts';
import { compileContracts, packSpark, uploadArtifacts, uploadReferences } from './artifacts.ts';
import { createAwsResources } from './aws-resources.ts';
import { down } from './down.ts';
import { stackEnvironment } from './environment.ts';
import { putGlueJobs } from './glue-job.ts';
import { createGoogleResources } from './google-resources.ts';
import { names, region } from './names.ts';
import { places, ROOT } from './places.ts';
import { choosePorts } from './ports.ts';
import { serverSpecs } from './servers.ts';
import { endpointOf, readStack, type ServerName, type Stack, serverNames, writeStack } from './stack.ts';
import { putStateMachine, substitute, workflowDefinition } from './state-machine.ts';
import { waitForServer } from './wait-for-server.ts';

const LOST =
  'The previous stack ended without `make down`, and everything it held is lost: this one starts empty.';

/**
 * Brings the stack up, or what of it is missing, and brings contracts, code and the workflow up to date.
 * Stops what it started when it does not succeed.
 */
export async function up(): Promise<Stack> {
  const processes = new BackgroundProcesses(places.processes);
  const before = readStack();
  // The emulator keeps everything in memory: without it the others would remember what it has forgotten.
  const fresh = before === null || !processes.running('aws');
  if (processes.hasDied('aws')) console.log(LOST);
  if (fresh) await startFromNothing();
  const stack: Stack = {
    ports: fresh || !before ? await choosePorts(process.env, before?.ports ?? {}) : before.ports,
    datasets: resolve(ROOT, process.env['TIDEGATE_DATASETS'] ?? 'datasets'),
  };
  writeStack(stack);
  Object.assign(process.env, stackEnvironment(stack));
  const interruption = new AbortController();
  const interrupted = (): void => interruption.abort(new Error('Interrupted.'));
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    await bringUp(stack, processes, interruption.signal);
  } catch (error) {
    if (fresh) await down();
    throw error;
  } finally {
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
  }
  return stack;
}

async function startFromNothing(): Promise<void> {
  await down();
  for (const folder of [places.data, places.work, places.logs])
    rmSync(folder, { recursive: true, force: true });
}

async function bringUp(stack: Stack, processes: BackgroundProcesses, signal: AbortSignal): Promise<void> {
  const specs = serverSpecs(stack);
  const ensure = async (name: ServerName): Promise<void> => {
    const spec = specs[name];
    signal.throwIfAborted();
    await waitForServer(spec, processes.running(name) ?? processes.start(spec), signal);
  };
  const aws = { endpoint: endpointOf(stack, 'aws') };
  const s3 = new S3Client({ ...aws, forcePathStyle: true });
  writeSparkConfiguration(stack);

  const bundledBefore = digestOf(places.bundles);
  const cloud = Promise.all([ensure('aws'), ensure('bigquery'), ensure('gcs')]);
  const built = Promise.all([
    bundleFunctions(places.bundles),
    compileContracts(stack.datasets, places.contracts),
    packSpark(),
  ]);
  await Promise.all([cloud, built]);
  const pattern = substitute(readFileSync(places.eventPattern, 'utf8'), { SourceBucket: names.sourceBucket });
  await Promise.all([
    createAwsResources(s3, pattern, aws),
    createGoogleResources(endpointOf(stack, 'gcs'), endpointOf(stack, 'bigquery')),
  ]);
  // Bundles are loaded when a function is first called: a process of before would go on with the former ones.
  if (digestOf(places.bundles) !== bundledBefore) await processes.stop('services');
  await Promise.all([ensure('services'), ensure('states'), uploadArtifacts(s3), uploadReferences(s3)]);
  await Promise.all([
    putGlueJobs(new GlueClient({})),
    putStateMachine(new SFNClient({}), workflowDefinition()),
  ]);
}

/** Of all that a folder holds, names and bytes. */
function digestOf(folder: string): string {
  const digest = createHash('sha256');
  for (const file of globSync(join(folder, '*', '*')).toSorted())
    digest.update(file).update(readFileSync(file));
  return digest.digest('hex');
}

function writeSparkConfiguration(stack: Stack): void {
  if (!existsSync(places.jars))
    throw new Error(`Spark's jars are not in ${places.jars}; run \`make install\`.`);
  writeFileSync(
    places.sparkProperties,
    sparkDefaults({
      jars: sparkJars(),
      classArchive: places.classArchive,
      awsEndpoint: endpointOf(stack, 'aws'),
      region,
      cores: cpus().length,
      driverMemoryMiB: 1536,
    }),
  );
}

/**
 * In the very order that the archive of classes was made with (spark/local_spark.py). Spark logs through a newer SLF4J
 * of its own: an older one before it on the class path would silence it.
 */
function sparkJars(): string[] {
  return globSync(join(places.jars, '*.jar'))
    .filter((jar) => !jar.includes('slf4j'))
    .sort();
}

/** The servers of the stack with whether each runs. */
export function runningServers(): { name: ServerName; pid: number | null }[] {
  const processes = new BackgroundProcesses(places.processes);
  return serverNames.map((name) => ({ name, pid: processes.running(name)?.pid ?? null }));
}
