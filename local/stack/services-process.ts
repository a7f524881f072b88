import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import { bundleFile, HANDLER_EXPORT } from '../../tasks/bundling.ts';
import { type FunctionName, functionTable } from '../../tasks/functions.ts';
import { startDispatcher } from '../dispatcher/dispatcher.ts';
import { startSweeps } from '../dispatcher/sweeps.ts';
import { emrOperations } from '../engines/emr/emr-api.ts';
import { EmrEngine } from '../engines/emr/emr-engine.ts';
import { answerEngines } from '../engines/engine-server.ts';
import type { EngineWorld } from '../engines/engine-world.ts';
import { glueOperations } from '../engines/glue/glue-api.ts';
import { GlueEngine } from '../engines/glue/glue-engine.ts';
import { fileJournal } from '../engines/journal.ts';
import { keepLogs } from '../engines/keep-logs.ts';
import { sparkSubmit } from '../engines/spark/spark-submit.ts';
import { FunctionPool } from '../functions/function-pool.ts';
import { answerLambda, isLambdaRequest } from '../functions/lambda-api.ts';
import { comesFromAPage } from '../http/comes-from-a-page.ts';
import { queueUrl, stackEnvironment } from './environment.ts';
import { arns, functionName, names, region } from './names.ts';
import { places, python } from './places.ts';
import { clearScratch } from './scratch.ts';
import { sparkHome } from './spark-home.ts';
import { endpointOf, requireStack } from './stack.ts';

/** On one machine all is quicker: the deployment sweeps every five minutes. */
const SWEEP_MS = 30_000;

/** One process that is Lambda, EMR and Glue on one port, and takes the uploads' events to the state machine. */
const stack = requireStack();
const environment = stackEnvironment(stack);
const awsEndpoint = endpointOf(stack, 'aws');
// What the clients below need stands in this process's environment, as it does in a function's.
const s3 = new S3Client({ forcePathStyle: true });

const functions = new Map(
  (Object.keys(functionTable) as FunctionName[]).map((name) => [functionName(name), poolOf(name)]),
);

const launcher = sparkSubmit({
  sparkHome: sparkHome(),
  python,
  propertiesFile: places.sparkProperties,
  scratchFolder: places.scratch,
  cores: cpus().length,
  environment: {
    ...environment,
    PATH: process.env['PATH'] ?? '',
    ...(process.env['JAVA_HOME'] ? { JAVA_HOME: process.env['JAVA_HOME'] } : {}),
  },
});

const emr = new EmrEngine(engineWorld(places.emrJournal), {
  startingMs: 400,
  bootstrappingMs: 400,
  terminatingMs: 400,
});
const glue = new GlueEngine(engineWorld(places.glueJournal), {
  startingMs: 400,
  logFolder: `s3://${names.artifactsBucket}/glue-logs/`,
});
// The engines have ended what a former process left running.
clearScratch();
const engines = { emr: emrOperations(emr), glue: glueOperations(glue), awsEndpoint };

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  // EMR and Glue start programs here.
  if (comesFromAPage(request.headers)) {
    response.writeHead(403).end('Web pages are not served here.\n');
    return;
  }
  if (url.pathname === '/health') {
    response.end('ok');
    return;
  }
  const answered = isLambdaRequest(url)
    ? answerLambda(request, response, url, functions)
    : answerEngines(request, response, engines);
  if (answered === false) {
    response.writeHead(404).end('Lambda, EMR and Glue are served here.\n');
    return;
  }
  answered.catch((error: unknown) => {
    console.error(error);
    response.destroy();
  });
});

// A function may take 15 minutes to answer.
server.requestTimeout = 0;
server.listen(stack.ports.services, '127.0.0.1');

const dispatcher = startDispatcher({
  sqs: new SQSClient({}),
  sfn: new SFNClient({}),
  queueUrl: queueUrl(stack, names.uploadsQueue),
  stateMachineArn: arns.stateMachine,
});

const cleanUp = functions.get(functionName('CleanUp'));
const sweeps = cleanUp ? startSweeps(cleanUp, SWEEP_MS) : null;

for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.on(signal, () => {
    emr.close();
    glue.close();
    sweeps?.stop();
    void dispatcher.stop().finally(() => process.exit(0));
  });

function poolOf(name: FunctionName): FunctionPool {
  const { timeoutSeconds, memoryMiB } = functionTable[name];
  const bundle = bundleFile(places.bundles, name);
  if (!existsSync(bundle)) console.error(`${name} has no bundle at ${bundle}; its calls will fail.`);
  return new FunctionPool({
    functionName: functionName(name),
    functionArn: arns.function(name),
    timeoutSeconds,
    memoryMiB,
    bundle,
    handlerExport: HANDLER_EXPORT,
    environment: {
      ...environment,
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      AWS_LAMBDA_FUNCTION_NAME: functionName(name),
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMiB),
      LANG: 'en_US.UTF-8',
    },
    logFile: join(places.logs, 'functions', `${functionName(name)}.log`),
    maxConcurrency: 4,
  });
}

function engineWorld<State>(journal: string): EngineWorld<State> {
  return {
    launcher,
    journal: fileJournal(journal),
    now: () => Date.now(),
    newId: (prefix) =>
      prefix === 'jr_'
        ? `jr_${randomBytes(32).toString('hex')}`
        : `${prefix}${randomBytes(10).toString('hex').toUpperCase().slice(0, 13)}`,
    folderOf: (...owner) => join(places.work, ...owner),
    keepLogs: (program, folder) => keepLogs(s3, program, folder),
  };
}

console.log(`Lambda, EMR and Glue of ${region} at ${endpointOf(stack, 'services')}`);
