import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TaskAdapter } from '../adapters/adapter.ts';
import { realClock } from '../clock/real-clock.ts';
import { createEngine } from '../run/engine.ts';
import { memoryStore } from '../store/memory-store.ts';
import { newExecution } from '../store/new-execution.ts';
import type { ExecutionRecord } from '../store/records.ts';
import { sqliteStore } from '../store/sqlite-store.ts';
import type { Store } from '../store/store.ts';
import { ingest, instantIngest, uploads } from './ingest.ts';

/** How many transitions a second one engine makes: Choice, Pass with JSONata, and Tasks that answer at once. */

const instant: TaskAdapter = {
  resource: 'arn:aws:states:::lambda:invoke',
  submit: async (args) => ({ output: { Payload: args, StatusCode: 200 } }),
};

/** Turns a loop of three states, and so of three transitions, as often as the input says. */
const loop = {
  QueryLanguage: 'JSONata',
  StartAt: 'Count',
  States: {
    Count: {
      Type: 'Pass',
      Assign: { turn: '{% $states.input.turn + 1 %}' },
      Output: { turn: '{% $states.input.turn + 1 %}', turns: '{% $states.input.turns %}' },
      Next: 'Work',
    },
    Work: {
      Type: 'Task',
      Resource: instant.resource,
      Arguments: { FunctionName: 'work', Payload: '{% $states.input %}' },
      Output: '{% $states.result.Payload.Payload %}',
      Next: 'Enough',
    },
    Enough: {
      Type: 'Choice',
      Choices: [{ Condition: '{% $turn >= $states.input.turns %}', Next: 'Done' }],
      Default: 'Count',
    },
    Done: { Type: 'Succeed' },
  },
};

async function measure(
  name: string,
  store: Store,
  adapters: readonly TaskAdapter[],
  definition: object,
  inputs: readonly object[],
): Promise<void> {
  const engine = createEngine({
    clock: realClock(),
    store,
    adapters,
    region: 'us-east-1',
    random: Math.random,
    uuid: randomUUID,
  });
  const text = JSON.stringify(definition);
  const records = inputs.map((input, index) => record(text, input, index + 1));
  const startMs = performance.now();
  for (const one of records) engine.start(one);
  await Promise.all(records.map(({ arn }) => engine.finished(arn)));
  const elapsedSeconds = (performance.now() - startMs) / 1_000;
  const entered = records
    .flatMap(({ arn }) => store.events(arn, 1, 25_000))
    .filter(({ type }) => type.endsWith('StateEntered')).length;
  const failed = records.filter(({ arn }) => store.execution(arn)?.status !== 'SUCCEEDED').length;
  if (failed > 0) process.exitCode = 1;
  const rssMb = Math.round(process.memoryUsage().rss / 1024 / 1024);
  process.stdout.write(
    `${name}: ${records.length} executions, ${entered} transitions in ${elapsedSeconds.toFixed(2)} s, ` +
      `${Math.round(entered / elapsedSeconds)} a second, ${failed} failed, ${rssMb} MB resident\n`,
  );
  engine.close();
  store.close();
}

function record(definition: string, input: object, sequence: number): ExecutionRecord {
  return newExecution({
    arn: `arn:aws:states:us-east-1:123456789012:execution:bench:${sequence}`,
    name: String(sequence),
    stateMachineArn: 'arn:aws:states:us-east-1:123456789012:stateMachine:bench',
    stateMachineName: 'bench',
    definition,
    revisionId: '1',
    definedMs: 0,
    roleArn: 'arn:aws:iam::123456789012:role/bench',
    input: JSON.stringify(input),
    startMs: Date.now(),
    sequence,
  });
}

const turns = Array.from({ length: 40 }, () => ({ turn: 0, turns: 500 }));
await measure('loop in memory', memoryStore(), [instant], loop, turns);
await measure('ingest in memory', memoryStore(), instantIngest, ingest, uploads);
const folder = mkdtempSync(join(tmpdir(), 'states-'));
await measure('ingest on disk', sqliteStore(folder), instantIngest, ingest, uploads);
rmSync(folder, { recursive: true });
