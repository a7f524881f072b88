import type { Json } from '../json.ts';
import { type Failure, StateFailed } from './failure.ts';
import type { ChildrenStep, Frame } from './frame.ts';
import { runFrame } from './run-frame.ts';
import type { Visit } from './state-visit.ts';

/** What Parallel and Map do differently while their frames run. */
export interface ChildEvents {
  /** Records that a frame starts, pointing to `previousEventId`. */
  started(child: Frame, previousEventId: number): void;
  /** Records that a frame succeeded, and gives the event that whatever follows the whole state points to. */
  succeeded(child: Frame): number;
  /** Records that a frame failed, or was aborted as another one failed; both point to the failure. */
  failed(child: Frame, failureId: number): void;
  aborted(child: Frame, failureId: number): void;
  /** Records that all frames have succeeded. */
  allSucceeded(previousEventId: number): void;
}

/**
 * Runs the frames of a Parallel or Map to their common end: all succeed, or the first failure aborts the
 * others. Gives their outputs in order, or throws the failure.
 */
export function runChildren(visit: Visit, step: ChildrenStep, events: ChildEvents): Promise<Json[]> {
  const { run, frame, at } = visit;
  const children = step.frameIds.map((id) => run.frame(id));
  const signal = run.signal(frame);
  let stop = () => {};
  const outputs = new Promise<Json[]>((resolve, reject: (error: unknown) => void) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });

    /** Starts as many pending frames as there is room for, in order. */
    function fill(previousEventId: number): void {
      let room = step.concurrency - children.filter((child) => child.status === 'running').length;
      const starting: Frame[] = [];
      for (const child of children) {
        if (room <= 0) break;
        if (child.status !== 'pending') continue;
        child.status = 'running';
        events.started(child, previousEventId);
        starting.push(child);
        room--;
      }
      for (const child of starting) start(child);
    }

    function start(child: Frame): void {
      runFrame(run, child, (end) => {
        if ('failure' in end) failed(child, end.failure);
        else succeeded(child);
      }).catch(reject);
    }

    function succeeded(child: Frame): void {
      const lastId = events.succeeded(child);
      run.changed(child);
      if (children.some(({ status }) => status !== 'succeeded')) {
        fill(child.cursor);
        return;
      }
      frame.cursor = lastId;
      finish();
    }

    function finish(): void {
      events.allSucceeded(frame.cursor);
      const result = children.map(({ output }) => output ?? null);
      run.removeFrames(step.frameIds);
      at.step = { kind: 'done', result };
      run.changed(frame);
      resolve(result);
    }

    function failed(child: Frame, failure: Failure): void {
      const failureId = child.cursor;
      events.failed(child, failureId);
      stateAborted(visit, child, failureId);
      for (const sibling of children) {
        if (sibling.status !== 'running') continue;
        run.abort(sibling);
        events.aborted(sibling, failureId);
        abortBelow(visit, sibling, failureId);
        stateAborted(visit, sibling, failureId);
      }
      frame.cursor = failureId;
      at.failing = { failure, stage: 'work' };
      run.changed(frame);
      reject(new StateFailed(failure));
    }

    const running = children.filter(({ status }) => status === 'running');
    for (const child of running) start(child);
    if (children.every(({ status }) => status === 'succeeded')) finish();
    else fill(step.startedId);
  });
  return outputs.finally(() => signal.removeEventListener('abort', stop));
}

/** Records that the state a frame was in is aborted, where AWS has such an event. */
function stateAborted({ run }: Visit, child: Frame, failureId: number): void {
  const type = child.at && run.block(child).States[child.at.name]?.Type;
  if (type === 'Task' || type === 'Wait' || type === 'Map' || type === 'Parallel')
    run.append(`${type}StateAborted`, failureId);
}

/** Aborts the frames below an aborted one. */
function abortBelow(visit: Visit, child: Frame, failureId: number): void {
  const { run } = visit;
  const step = child.at?.step;
  if (!child.at || step?.kind !== 'children') return;
  const isMap = run.block(child).States[child.at.name]?.Type === 'Map';
  for (const id of step.frameIds) {
    const below = run.frame(id);
    if (below.status !== 'running') continue;
    run.abort(below);
    if (isMap) run.append('MapIterationAborted', failureId, { name: child.at.name, index: below.index });
    abortBelow(visit, below, failureId);
    stateAborted(visit, below, failureId);
  }
}
