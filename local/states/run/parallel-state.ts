import type { ParallelState } from '../definition/definition.ts';
import { type ChildEvents, runChildren } from './children.ts';
import { type Exit, evaluate, limitCause, outputAndAssign, payloadText, type Visit } from './state-visit.ts';

type ParallelVisit = Visit<ParallelState>;

/** All branches at once, each with the same input; the result is their outputs in order. */
export async function runParallel(visit: ParallelVisit): Promise<Exit> {
  const { run, frame, at, state } = visit;
  if (at.step.kind === 'entered') await start(visit);
  if (at.step.kind === 'children') await run.alive(frame, runChildren(visit, at.step, parallelEvents(visit)));
  if (at.step.kind !== 'done')
    throw new Error(`expected the Parallel's outputs, found the step ${at.step.kind}`);
  const { result } = at.step;
  return { next: state.Next, ...(await outputAndAssign(visit, state, result, { result })) };
}

async function start(visit: ParallelVisit): Promise<void> {
  const { run, frame, at, state } = visit;
  const input =
    state.Arguments === undefined ? at.input : await evaluate(visit, state.Arguments, 'Arguments');
  if (state.Arguments !== undefined) payloadText(input, limitCause(visit));
  const startedId = run.appendTo(frame, 'ParallelStateStarted');
  const children = state.Branches.map((_, index) =>
    run.addFrame({
      parentId: frame.id,
      index,
      block: [...frame.block, 'States', at.name, 'Branches', String(index)],
      input,
      status: 'pending',
      cursor: startedId,
      variables: {},
    }),
  );
  at.step = {
    kind: 'children',
    frameIds: children.map(({ id }) => id),
    startedId,
    concurrency: children.length,
  };
  run.changed(frame);
}

function parallelEvents({ run }: ParallelVisit): ChildEvents {
  return {
    started(child, previousEventId) {
      child.cursor = previousEventId;
    },
    succeeded: (child) => child.cursor,
    failed: () => {},
    aborted: () => {},
    allSucceeded: (previousEventId) => void run.append('ParallelStateSucceeded', previousEventId),
  };
}
