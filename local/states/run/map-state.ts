import type { MapState } from '../definition/definition.ts';
import type { Json } from '../json.ts';
import { limits } from '../limits.ts';
import { type ChildEvents, runChildren } from './children.ts';
import type { Frame } from './frame.ts';
import {
  countOf,
  type Exit,
  evaluate,
  limitCause,
  outputAndAssign,
  payloadText,
  queryFailed,
  type Visit,
} from './state-visit.ts';

type MapVisit = Visit<MapState>;

/** One frame per item, up to MaxConcurrency and AWS's own bound at once; the result is their outputs in order. */
export async function runMap(visit: MapVisit): Promise<Exit> {
  const { run, frame, at, state } = visit;
  if (at.step.kind === 'entered') await start(visit);
  if (at.step.kind === 'children') await run.alive(frame, runChildren(visit, at.step, mapEvents(visit)));
  if (at.step.kind !== 'done') throw new Error(`expected the Map's outputs, found the step ${at.step.kind}`);
  const { result } = at.step;
  return { next: state.Next, ...(await outputAndAssign(visit, state, result, { result })) };
}

async function start(visit: MapVisit): Promise<void> {
  const { run, frame, at, state } = visit;
  const items = await itemsOf(visit);
  const concurrency = await concurrencyOf(visit);
  const inputs: Json[] = [];
  for (const [index, value] of items.entries())
    inputs.push(
      state.ItemSelector === undefined
        ? value
        : await evaluate(visit, state.ItemSelector, 'ItemSelector', { item: { index, value } }),
    );
  for (const input of inputs) payloadText(input, limitCause(visit));
  const startedId = run.appendTo(frame, 'MapStateStarted', { length: items.length });
  const children = inputs.map((input, index) =>
    run.addFrame({
      parentId: frame.id,
      index,
      block: [...frame.block, 'States', at.name, 'ItemProcessor'],
      input,
      status: 'pending',
      cursor: startedId,
      variables: {},
    }),
  );
  at.step = { kind: 'children', frameIds: children.map(({ id }) => id), startedId, concurrency };
  run.changed(frame);
}

async function itemsOf(visit: MapVisit): Promise<Json[]> {
  const { at, state } = visit;
  if (state.Items === undefined) {
    if (Array.isArray(at.input)) return at.input;
    throw queryFailed(visit, `Map state input must be an array but was: ${JSON.stringify(at.input)}`);
  }
  const items = await evaluate(visit, state.Items, 'Items', { expected: 'array' });
  return Array.isArray(items) ? items : [];
}

async function concurrencyOf(visit: MapVisit): Promise<number> {
  const { state } = visit;
  if (state.MaxConcurrency === undefined) return limits.inlineMapConcurrency;
  const value = await countOf(visit, state.MaxConcurrency, 'MaxConcurrency');
  return value === 0 ? limits.inlineMapConcurrency : Math.min(value, limits.inlineMapConcurrency);
}

function mapEvents({ run, at }: MapVisit): ChildEvents {
  const details = (child: Frame) => ({ name: at.name, index: child.index });
  return {
    started(child, previousEventId) {
      child.cursor = previousEventId;
      run.appendTo(child, 'MapIterationStarted', details(child));
    },
    succeeded: (child) => run.append('MapIterationSucceeded', child.cursor, details(child)),
    failed: (child, failureId) => void run.append('MapIterationFailed', failureId, details(child)),
    aborted: (child, failureId) => void run.append('MapIterationAborted', failureId, details(child)),
    allSucceeded: (previousEventId) => void run.append('MapStateSucceeded', previousEventId),
  };
}
