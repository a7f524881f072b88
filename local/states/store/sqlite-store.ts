import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { HistoryEvent } from '../history/history-event.ts';
import type { Frame } from '../run/frame.ts';
import { type ExecutionRecord, listedMs, type StateMachineRecord } from './records.ts';
import type { Store } from './store.ts';

/** Of the tables below; a file of another format is refused. */
const format = 2;

const tables = `
  CREATE TABLE machines (number INTEGER PRIMARY KEY, arn TEXT NOT NULL UNIQUE, body TEXT NOT NULL);
  CREATE TABLE definitions (hash TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE executions (
    sequence INTEGER PRIMARY KEY, arn TEXT NOT NULL UNIQUE, machine TEXT NOT NULL, listed INTEGER NOT NULL,
    status TEXT NOT NULL, redriven INTEGER NOT NULL, definition TEXT NOT NULL, fixed TEXT NOT NULL, state TEXT NOT NULL
  );
  CREATE INDEX executions_of_machine ON executions (machine, listed DESC, sequence DESC);
  CREATE INDEX running ON executions (sequence) WHERE status = 'RUNNING';
  CREATE TABLE events (execution INTEGER, id INTEGER, body TEXT NOT NULL, PRIMARY KEY (execution, id)) WITHOUT ROWID;
  CREATE TABLE frames (execution INTEGER, id INTEGER, body TEXT NOT NULL, PRIMARY KEY (execution, id)) WITHOUT ROWID;
`;

/**
 * Keeps everything in one SQLite file of a folder, which is made if need be. A save is one transaction: what
 * it wrote is there after the process is killed. One process at a time may have the folder open.
 */
export function sqliteStore(folder: string): Store {
  const database = open(folder);
  const statements = new Map<string, StatementSync>();

  function sql(text: string): StatementSync {
    const known = statements.get(text) ?? database.prepare(text);
    statements.set(text, known);
    return known;
  }

  function bodies<T>(rows: unknown[]): T[] {
    return rows.map((row) => JSON.parse((row as { body: string }).body));
  }

  function records(rows: unknown[]): ExecutionRecord[] {
    return rows.map((row) => recordOf(row as ExecutionRow));
  }

  const selectExecution = `SELECT e.sequence, e.status, e.fixed, e.state, d.text AS definition
    FROM executions e JOIN definitions d ON d.hash = e.definition`;

  function saveRecord(record: ExecutionRecord): void {
    const [fixed, state] = splitRecord(record);
    const hash = createHash('sha256').update(record.definition).digest('hex');
    const known = sql(
      'UPDATE executions SET listed = ?, status = ?, redriven = ?, state = ? WHERE sequence = ?',
    ).run(
      listedMs(record),
      record.status,
      record.redriveCount > 0 ? 1 : 0,
      JSON.stringify(state),
      record.sequence,
    );
    if (known.changes > 0) return;
    sql('INSERT OR IGNORE INTO definitions VALUES (?, ?)').run(hash, record.definition);
    sql('INSERT INTO executions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)').run(
      record.sequence,
      record.arn,
      record.stateMachineArn,
      listedMs(record),
      record.status,
      record.redriveCount > 0 ? 1 : 0,
      hash,
      JSON.stringify(fixed),
      JSON.stringify(state),
    );
  }

  return {
    putStateMachine(machine) {
      sql(
        'INSERT INTO machines (arn, body) VALUES (?, ?) ON CONFLICT (arn) DO UPDATE SET body = excluded.body',
      ).run(machine.arn, JSON.stringify(machine));
    },
    stateMachine: (arn) =>
      bodies<StateMachineRecord>(sql('SELECT body FROM machines WHERE arn = ?').all(arn))[0],
    stateMachines: () => bodies<StateMachineRecord>(sql('SELECT body FROM machines ORDER BY number').all()),
    removeStateMachine: (arn) => void sql('DELETE FROM machines WHERE arn = ?').run(arn),
    execution: (arn) => records(sql(`${selectExecution} WHERE e.arn = ?`).all(arn))[0],
    executions: (filter) =>
      records(
        sql(
          `${selectExecution} WHERE e.machine = ? AND (? IS NULL OR e.status = ?) AND (? IS NULL OR e.redriven = ?)
           AND (? IS NULL OR (e.listed, e.sequence) < (?, ?))
           ORDER BY e.listed DESC, e.sequence DESC LIMIT ?`,
        ).all(
          filter.stateMachineArn,
          filter.status ?? null,
          filter.status ?? null,
          filter.redriven === undefined ? null : Number(filter.redriven),
          filter.redriven === undefined ? null : Number(filter.redriven),
          filter.after?.listedMs ?? null,
          filter.after?.listedMs ?? null,
          filter.after?.sequence ?? null,
          filter.limit,
        ),
      ),
    runningExecutions: () =>
      records(sql(`${selectExecution} WHERE e.status = 'RUNNING' ORDER BY e.sequence`).all()),
    frames: (arn) =>
      bodies<Frame>(
        sql(
          'SELECT body FROM frames WHERE execution = (SELECT sequence FROM executions WHERE arn = ?) ORDER BY id',
        ).all(arn),
      ),
    events: (arn, firstId, lastId) =>
      bodies<HistoryEvent>(
        sql(
          `SELECT body FROM events WHERE execution = (SELECT sequence FROM executions WHERE arn = ?)
           AND id BETWEEN ? AND ? ORDER BY id`,
        ).all(arn, firstId, lastId),
      ),
    lastSequence: () =>
      (sql('SELECT COALESCE(MAX(sequence), 0) AS last FROM executions').get() as { last: number }).last,
    save(changes) {
      database.exec('BEGIN IMMEDIATE');
      try {
        for (const { record, events, frames, removedFrameIds } of changes) {
          saveRecord(record);
          for (const event of events)
            sql('INSERT INTO events VALUES (?, ?, ?)').run(record.sequence, event.id, JSON.stringify(event));
          for (const frame of frames)
            sql('INSERT OR REPLACE INTO frames VALUES (?, ?, ?)').run(
              record.sequence,
              frame.id,
              JSON.stringify(frame),
            );
          for (const id of removedFrameIds)
            sql('DELETE FROM frames WHERE execution = ? AND id = ?').run(record.sequence, id);
        }
        database.exec('COMMIT');
      } catch (error) {
        database.exec('ROLLBACK');
        throw error;
      }
    },
    close: () => database.close(),
  };
}

function open(folder: string): DatabaseSync {
  const file = join(folder, 'states.sqlite');
  let database: DatabaseSync | undefined;
  try {
    mkdirSync(folder, { recursive: true });
    database = new DatabaseSync(file);
    // The write-ahead log is in the system's hands at each commit: it outlives the process, if not the machine.
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
    const { user_version: found } = database.prepare('PRAGMA user_version').get() as { user_version: number };
    if (found === 0) database.exec(`BEGIN; ${tables} PRAGMA user_version = ${format}; COMMIT;`);
    else if (found !== format)
      throw new Error(
        `expected format ${format}, found ${found}: use another folder, or the version that made it`,
      );
    return database;
  } catch (error) {
    database?.close();
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`the store ${file} can't be opened (is another server using the folder?): ${reason}`);
  }
}

interface ExecutionRow {
  readonly sequence: number;
  readonly fixed: string;
  readonly state: string;
  readonly definition: string;
}

/** What never changes, without the definition, and what does. */
function splitRecord(record: ExecutionRecord): [object, object] {
  const { definition: _, status, lastEventId, nextFrameId, stopMs, output, error, cause, ...rest } = record;
  const { deadlineMs, redriveCount, redriveMs, redriveTokens, ...fixed } = rest;
  const state = { status, lastEventId, nextFrameId, stopMs, output, error, cause };
  return [fixed, { ...state, deadlineMs, redriveCount, redriveMs, redriveTokens }];
}

function recordOf(row: ExecutionRow): ExecutionRecord {
  return { ...JSON.parse(row.fixed), ...JSON.parse(row.state), definition: row.definition };
}
