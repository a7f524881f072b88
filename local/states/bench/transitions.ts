import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TaskAdapter } from '../adapters/adapter.ts';
import type { Clock } from '../clock/clock.ts';
import { realClock } from '../clock/real-clock.ts';
import { virtualClock } from '../clock/virtual-clock.ts';
import { createEngine } from '../run/engine.ts';
import { memoryStore } from '../store/memory-store.ts';
import { newExecution } from '../store/new-execution.ts';
import type { ExecutionRecord } from '../store/records.ts';
import { sqliteStore } from '../store/sqlite-store.ts';
import type { Store } from '../store/store.ts';
import { ingest, instantIngest } from './ingest.ts';

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

/** Runs executions of one definition, `atOnce` of them side by side on one engine, and says how fast that was. */
async function measure(
  name: string,
  options: {
    clock: () => Clock;
    store: () => Store;
    adapters: readonly TaskAdapter[];
    definition: object;
    inputs: readonly object[];
    atOnce: number;
  },
): Promise<void> {
  const { clock, store: makeStore, adapters, inputs, atOnce } = options;
  const text = JSON.stringify(options.definition);
  const cpuBefore = process.cpuUsage();
  const startMs = performance.now();
  let entered = 0;
  for (let first = 0; first < inputs.length; first += atOnce) {
    const store = makeStore();
    const engine = createEngine({
      clock: clock(),
      store,
      adapters,
      region: 'us-east-1',
      random: Math.random,
      uuid: randomUUID,
    });
    const records = inputs.slice(first, first + atOnce).map((input, index) => record(text, input, index + 1));
    for (const one of records) engine.start(one);
    await Promise.all(records.map(({ arn }) => engine.finished(arn)));
    for (const { arn } of records) {
      if (store.execution(arn)?.status !== 'SUCCEEDED')
        throw new Error(`${name}: ${arn} failed: ${store.execution(arn)?.cause}`);
      entered += store.events(arn, 1, 25_000).filter(({ type }) => type.endsWith('StateEntered')).length;
    }
    engine.close();
    store.close();
  }
  const seconds = (performance.now() - startMs) / 1_000;
  const { user, system } = process.cpuUsage(cpuBefore);
  const cpuSeconds = (user + system) / 1_000_000;
  const rssMb = Math.round(process.memoryUsage().rss / 1024 / 1024);
  process.stdout.write(
    `${name}: ${inputs.length} executions, ${entered} transitions in ${seconds.toFixed(2)} s: ` +
      `${Math.round(entered / seconds)} a second, ${Math.round(entered / cpuSeconds)} a second of CPU, ${rssMb} MB resident\n`,
  );
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
const uploads = Array.from({ length: 500 }, (_, index) => ({
  bucket: 'source',
  key: `flights/${index}.csv`,
}));
const ofIngest = { clock: realClock, adapters: instantIngest, definition: ingest, inputs: uploads };

await measure('loop in memory', {
  clock: realClock,
  store: memoryStore,
  adapters: [instant],
  definition: loop,
  inputs: turns,
  atOnce: 40,
});
await measure('ingest in memory, side by side', { ...ofIngest, store: memoryStore, atOnce: 500 });
const folder = mkdtempSync(join(tmpdir(), 'states-'));
await measure('ingest on disk, side by side', {
  ...ofIngest,
  store: () => sqliteStore(folder),
  atOnce: 500,
});
rmSync(folder, { recursive: true });
await measure('ingest one by one, an engine each, in virtual time', {
  ...ofIngest,
  clock: virtualClock,
  store: memoryStore,
  atOnce: 1,
});
