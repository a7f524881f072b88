import { copyParts } from '../../../tasks/copy-parts/copy-parts.ts';
import type { Contract } from '../../../tasks/core/contract.ts';
import { contractKey, manifestKey } from '../../../tasks/core/folders/folders.ts';
import type { PartStore, Warehouse } from '../../../tasks/core/google-ports.ts';
import { deliver } from '../../../tasks/deliver/deliver.ts';
import { type CallLog, callLog, failing } from '../../fakes/failing.ts';
import { MemoryObjectStore } from '../../fakes/memory-object-store.ts';
import type { RankedRow } from '../../fakes/ranked-rows.ts';
import { contractOf, manifestOf } from '../../fakes/samples.ts';

/** BigQuery and Cloud Storage, in memory or in the stand-ins, and a look at what is in them. */
export interface Google {
  parts: PartStore;
  warehouse: Warehouse;
  datasetName: string;
  stagingDatasetName: string;
  /** Files of rows as the warehouse loads them. */
  partsOf(parts: PartRows[]): Buffer[];
  /** The rows of the dataset's table; none when there is no table. */
  rowsOf(contract: Contract): Promise<RankedRow[]>;
  /** Deletes a table of the dataset, as somebody may by hand. */
  drop(table: string): Promise<void>;
  /** Run ids of the ledger's rows, one for each row. */
  ledgerRuns(contract: Contract): Promise<string[]>;
}

/** The rows of one part, and the contract that they keep. */
export interface PartRows {
  contract: Contract;
  rows: RankedRow[];
}

export interface Run {
  runId: string;
  attempt: number;
  contract: Contract;
  rows: RankedRow[];
  /** Needed of a run without rows only. */
  uploadId?: string;
}

export const contract = (changes: Partial<Contract> = {}): Contract => {
  const column = (name: string, kind: 'date' | 'integer' | 'string', required = false) => ({
    name,
    source: name,
    type: { kind },
    required,
    unique: false,
    description: `The ${name}.`,
    format: null,
    rules: {},
  });
  return contractOf({
    columns: [
      column('day', 'date', true),
      column('id', 'integer', true),
      column('note', 'string'),
      column('version', 'integer'),
    ],
    key: ['day', 'id'],
    partitionBy: ['day'],
    write: { mode: 'merge', orderBy: 'version' },
    ...changes,
  });
};

/** Rows of a run's one upload: [day of January, id, note, version]. */
export function runOf(
  runId: string,
  rows: [number, number, string | null, number | null][],
  { uploadId = `u-${runId}`, ...changes }: Partial<Run> = {},
): Run {
  return {
    runId,
    attempt: 1,
    uploadId,
    contract: contract(),
    rows: rows.map(([day, id, note, version], index) => ({
      day: `2024-01-${String(day).padStart(2, '0')}`,
      id,
      note,
      version,
      _upload_id: uploadId,
      _row: index + 1,
      _run_id: runId,
      _uploaded_at: '2024-01-31T00:00:00Z',
      _upload_order: `2024-01-31-${uploadId}`,
    })),
    ...changes,
  };
}

export class DeliveryWorld {
  readonly objects = new MemoryObjectStore();
  readonly google: Google;

  constructor(google: Google) {
    this.google = google;
  }

  /** What the Spark job leaves behind for runs: their change sets, in two parts each. */
  put(...runs: Run[]): void {
    const halves = runs.map(({ contract, rows }) => {
      const half = Math.ceil(rows.length / 2);
      return [rows.slice(0, half), rows.slice(half)]
        .filter(({ length }) => length > 0)
        .map((some) => ({ contract, rows: some }));
    });
    const bodies = this.google.partsOf(halves.flat());
    for (const [index, run] of runs.entries()) {
      this.#putRun(
        run,
        (halves[index] ?? []).map(({ rows }) => ({ rows, body: bodies.shift() ?? Buffer.alloc(0) })),
      );
    }
  }

  /** A run's parts, its contract, and its manifest. */
  #putRun(
    { runId, attempt, contract, rows, uploadId: upload }: Run,
    halves: { rows: RankedRow[]; body: Buffer }[],
  ) {
    const parts = halves.map(({ rows: some, body }, index) => {
      const key = `runs/flights/${runId}/attempts/${attempt}/changes/part-${index}.parquet`;
      this.objects.put('destination', key, body);
      return { path: `s3://destination/${key}`, rows: some.length, bytes: body.length };
    });
    const uploadId = upload ?? rows[0]?._upload_id ?? `u-${runId}`;
    const counts = {
      read: rows.length,
      kept: rows.length,
      quarantined: 0,
      current: rows.length,
      superseded: 0,
    };
    const manifest = manifestOf(runId, uploadId, {
      attempt,
      rows: counts,
      uploads: [{ uploadId, outcome: 'LOADED', ...counts, reasons: [] }],
      changes: { parts },
      quarantine: { parts: [] },
    });
    this.objects.put('destination', manifestKey('flights', runId, attempt), JSON.stringify(manifest));
    this.objects.put('destination', contractKey('flights', runId), JSON.stringify(contract));
  }

  /** One execution from CopyParts on: until the run is delivered, or a call fails. */
  async execute(run: Run, owed: Run[] = [], log: CallLog = callLog()) {
    for (const { runId, attempt } of [...owed, run]) {
      const input = { dataset: 'flights', runId, attempt, firstPart: 0, lastPart: 9 };
      await copyParts(input, this.world(log));
    }
    const steps = this.steps(run, owed, log);
    for (;;) {
      const answer = await steps();
      if (answer.done) return answer;
    }
  }

  /** Calls of Deliver as the state machine makes them, one at a time. */
  steps(run: Run, owed: Run[] = [], log: CallLog = callLog()) {
    let input: Parameters<typeof deliver>[0] = {
      dataset: 'flights',
      runId: run.runId,
      attempt: run.attempt,
      owed: owed.map(({ runId, attempt }) => ({ runId, attempt })),
      waitingFor: '',
      refused: [],
      owedDelivered: [],
    };
    return async () => {
      const answer = await deliver(input, this.world(log));
      if (!answer.done) {
        const { waitingFor, refused, owedDelivered } = answer;
        input = { ...input, waitingFor, refused, owedDelivered };
      }
      return answer;
    };
  }

  world(log: CallLog) {
    const { datasetName, stagingDatasetName } = this.google;
    return {
      objects: this.objects,
      parts: failing(this.google.parts, log),
      warehouse: failing(this.google.warehouse, log),
      clock: { now: () => new Date() },
      backOff: async () => {},
      destinationBucket: 'destination',
      datasetName,
      stagingDatasetName,
    };
  }
}
