import type { HistoryEvent } from '../history/history-event.ts';
import type { Frame } from '../run/frame.ts';
import { type ExecutionRecord, listedMs, type StateMachineRecord } from './records.ts';
import type { Store } from './store.ts';

interface Kept {
  record: ExecutionRecord;
  readonly events: HistoryEvent[];
  readonly frames: Map<number, Frame>;
}

/** Keeps everything in this process's memory, for as long as it lives. */
export function memoryStore(): Store {
  const machines = new Map<string, StateMachineRecord>();
  const kept = new Map<string, Kept>();
  let lastSequence = 0;

  return {
    putStateMachine: (machine) => void machines.set(machine.arn, machine),
    stateMachine: (arn) => machines.get(arn),
    stateMachines: () => [...machines.values()],
    removeStateMachine: (arn) => void machines.delete(arn),
    execution: (arn) => kept.get(arn)?.record,
    executions: (filter) =>
      [...kept.values()]
        .map(({ record }) => record)
        .filter(
          (record) =>
            record.stateMachineArn === filter.stateMachineArn &&
            (filter.status === undefined || record.status === filter.status) &&
            (filter.redriven === undefined || record.redriveCount > 0 === filter.redriven) &&
            (filter.after === undefined || newestFirst(filter.after, placeOf(record)) < 0),
        )
        .sort((a, b) => newestFirst(placeOf(a), placeOf(b)))
        .slice(0, filter.limit),
    runningExecutions: () =>
      [...kept.values()].map(({ record }) => record).filter((r) => r.status === 'RUNNING'),
    frames: (arn) => [...(kept.get(arn)?.frames.values() ?? [])].map((frame) => structuredClone(frame)),
    events: (arn, firstId, lastId) => kept.get(arn)?.events.slice(Math.max(0, firstId - 1), lastId) ?? [],
    lastSequence: () => lastSequence,
    save(changes) {
      for (const change of changes) {
        const { arn, sequence } = change.record;
        lastSequence = Math.max(lastSequence, sequence);
        const known = kept.get(arn) ?? emptyKept(change.record);
        kept.set(arn, known);
        known.record = change.record;
        known.events.push(...change.events);
        for (const frame of change.frames) known.frames.set(frame.id, frame);
        for (const id of change.removedFrameIds) known.frames.delete(id);
      }
    },
    close: () => {},
  };
}

interface Place {
  readonly listedMs: number;
  readonly sequence: number;
}

function placeOf(record: ExecutionRecord): Place {
  return { listedMs: listedMs(record), sequence: record.sequence };
}

function newestFirst(a: Place, b: Place): number {
  return b.listedMs - a.listedMs || b.sequence - a.sequence;
}

function emptyKept(record: ExecutionRecord): Kept {
  return { record, events: [], frames: new Map() };
}
