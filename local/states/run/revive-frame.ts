import type { ExecutionRun } from './execution-run.ts';
import type { Frame } from './frame.ts';

/**
 * Makes a frame that failed or was aborted run again from the state it was in (redrive-executions): with its
 * retries renewed, without another StateEntered, and in a Parallel or Map only the frames that did not succeed.
 */
export function reviveFrame(run: ExecutionRun, frame: Frame): void {
  frame.status = frame.at ? 'running' : 'pending';
  const { at, failure } = frame;
  delete frame.failure;
  run.changed(frame);
  if (!at) return;
  at.retries = [];
  delete at.failing;
  const state = run.block(frame).States[at.name];
  if (at.step.kind === 'children') {
    for (const id of at.step.frameIds) {
      const child = run.frame(id);
      if (child.status === 'failed' || child.status === 'aborted') reviveFrame(run, child);
    }
    return;
  }
  // The outputs of a Parallel or Map that is done are kept unless they were too big; other work is done again.
  const isDone = at.step.kind === 'done' && (state?.Type === 'Map' || state?.Type === 'Parallel');
  if (isDone && failure?.error !== 'States.DataLimitExceeded') return;
  at.step = { kind: 'entered' };
  frame.cursor = at.enteredId;
}
