import type { RunRecord } from '../../../tasks/core/records.ts';
import { uploadIdOf } from '../../../tasks/core/upload-id.ts';
import { BUCKETS } from '../../fakes/samples.ts';
import { TARGET_DATASET } from '../environment.ts';
import { executionArn } from '../executor.ts';
import type { DatasetPlan, UploadPlan } from '../history.ts';
import { type Course, datasetName, keyOf, SWEEP_SECONDS } from '../simulate.ts';
import { expectedRows, rowText } from './expected-rows.ts';
import { brokenForm } from './form.ts';
import { type DatasetRecords, recordsOf } from './records.ts';

/** From the start of an execution until it has taken what it runs for, its retries included. */
const LONGEST_ADMISSION_MS = 240_000;

/** The promises of design section 5 that have to hold once all is mended, each broken one in words. */
export function brokenAtEnd(course: Course): string[] {
  const { world, history } = course;
  return [
    ...history.datasets.flatMap((plan, index) => {
      const dataset = datasetName(index);
      const records = recordsOf(world, dataset);
      const uploads = uploadsOf(course, index);
      return [
        ...brokenEndings(course, records, uploads),
        ...brokenTables(course, dataset, plan, records, uploads),
        ...records.runs.flatMap((run) => brokenCounts(course, plan, run, uploads)),
        ...brokenForm(world, dataset, records.runs),
        ...brokenRest(course, dataset, records),
      ];
    }),
    ...brokenReplays(course),
    ...brokenAlerts(course),
  ];
}

/** The uploads of a dataset that the workflow has heard of, by their ids. */
function uploadsOf({ history, versions, world, started }: Course, dataset: number): Map<string, UploadPlan> {
  const heard = new Map<string, UploadPlan>();
  for (const [index, upload] of history.uploads.entries()) {
    const versionId = versions[index];
    if (upload.dataset !== dataset || !versionId) continue;
    const isTold = started.some((name) => {
      if (name.startsWith(`event-${index}-`)) return true;
      const input = world.store.execution(executionArn(name))?.input ?? '';
      return name.startsWith('manual-') && input.includes(`"${versionId}"`);
    });
    if (isTold) heard.set(uploadIdOf(BUCKETS.sourceBucket, keyOf(upload), versionId), upload);
  }
  return heard;
}

/** Promise 1 and 6: every upload came to its end, and to the right one. */
function brokenEndings(
  { history }: Course,
  { uploads: records }: DatasetRecords,
  uploads: Map<string, UploadPlan>,
): string[] {
  return [...uploads].flatMap(([uploadId, upload]) => {
    const index = history.uploads.indexOf(upload);
    const record = records.find((each) => each.upload.uploadId === uploadId);
    const isDeleted = history.acts.some((act) => act.does === 'delete' && act.upload === index);
    if (!record) return isDeleted ? [] : [`1: upload ${index} is not recorded at all`];
    const right = upload.rejected ? 'REJECTED' : 'LOADED';
    if (record.status === right || (record.status === 'GONE' && isDeleted)) return [];
    return [`1: upload ${index} ends ${record.status} (${record.reason}), not ${right}`];
  });
}

/** Promises 1, 2, 5 and 8: BigQuery and the lake hold what a history without failures would have come to. */
function brokenTables(
  { world }: Course,
  dataset: string,
  plan: DatasetPlan,
  { uploads: records, runs }: DatasetRecords,
  uploads: Map<string, UploadPlan>,
): string[] {
  const loaded = records.flatMap((record) => {
    const upload = uploads.get(record.upload.uploadId);
    const wasLoaded = record.status === 'LOADED' || wasEverLoaded(record.upload.uploadId, runs);
    return upload && !upload.rejected && wasLoaded ? [{ record, upload }] : [];
  });
  const expected = expectedRows(plan, loaded, runs, world);
  const lake = [...(world.lake.get(dataset)?.values() ?? [])].map((row) => rowText({ ...row }));
  const bigquery = world.warehouse.content({ dataset: TARGET_DATASET, table: dataset }).map(rowText);
  return [
    ...different(`2: the lake's ${dataset}`, expected, lake),
    ...(plan.deliver === 'bigquery' ? different(`1: BigQuery's ${dataset}`, expected, bigquery) : []),
  ];
}

/** An upload that was loaded and whose replay found it gone stays what it was. */
const wasEverLoaded = (uploadId: string, runs: RunRecord[]): boolean =>
  runs.some(({ status, outcome }) => status === 'SUCCEEDED' && loadedIn(outcome).includes(uploadId));

/** Promise 5: what a person asked for again was loaded again, by a run that took it after that. */
function brokenReplays({ world, started, history, versions }: Course): string[] {
  return started.flatMap((name) => {
    const replay = world.store.execution(executionArn(name));
    const { key, versionId } = JSON.parse(replay?.input ?? '{}');
    const index = versions.indexOf(versionId);
    const upload = history.uploads[index];
    const isDeleted = history.acts.some((act) => act.does === 'delete' && act.upload === index);
    if (!replay || !upload || isDeleted || !history.datasets[upload.dataset]) return [];
    const uploadId = uploadIdOf(BUCKETS.sourceBucket, key, versionId);
    const since = replay.startMs - LONGEST_ADMISSION_MS;
    const again = recordsOf(world, datasetName(upload.dataset)).runs.some(
      ({ startedAt, uploads, status }) =>
        status === 'SUCCEEDED' &&
        uploads.some((each) => each.uploadId === uploadId) &&
        Date.parse(startedAt) >= since,
    );
    return again ? [] : [`5: the replay ${name} of upload ${index} is forgotten`];
  });
}

interface RunOutcome {
  rows?: { read: number; kept: number; quarantined: number; current: number; superseded: number } | null;
  uploads?: { uploadId: string; status: string }[];
}

const loadedIn = (outcome: RunOutcome | null): string[] =>
  (outcome?.uploads ?? []).filter(({ status }) => status === 'LOADED').map(({ uploadId }) => uploadId);

function different(what: string, expected: string[], found: string[]): string[] {
  const missing = expected.filter((row) => !found.includes(row));
  const surplus = found.filter((row, index) => !expected.includes(row) || found.indexOf(row) !== index);
  if (missing.length === 0 && surplus.length === 0) return [];
  return [`${what} lacks [${missing.join('; ')}] and has [${surplus.join('; ')}] too many`];
}

/** Promise 3: what a run that succeeded says of its rows is what was in its files, and BigQuery's ledger agrees. */
function brokenCounts(
  { world }: Course,
  plan: DatasetPlan,
  run: RunRecord,
  uploads: Map<string, UploadPlan>,
): string[] {
  const outcome = run.outcome as RunOutcome | null;
  if (run.status !== 'SUCCEEDED' || !outcome?.rows) return [];
  const { rows } = outcome;
  const found: string[] = [];
  const files = loadedIn(outcome).map((uploadId) => uploads.get(uploadId)?.ids ?? []);
  const read = files.flat().length;
  const kept = files.flat().filter((id) => id >= 0).length;
  if (rows.read !== read || rows.kept !== kept || rows.quarantined !== read - kept) {
    found.push(`3: run ${run.runId} counts ${JSON.stringify(rows)}, its files hold ${read} and ${kept} good`);
  }
  if (rows.kept !== rows.current + rows.superseded) {
    found.push(`3: run ${run.runId}: kept ${rows.kept} is not current + superseded`);
  }
  if (plan.deliver === 'bigquery' && rows.current > 0) {
    const ledger = { dataset: TARGET_DATASET, table: `${run.dataset}__ledger` };
    const row = world.warehouse
      .content(ledger)
      .find((each) => each['run_id'] === run.runId && each['kind'] === 'run');
    if (row?.['rows_staged'] !== rows.current) {
      found.push(
        `3: the ledger has ${row?.['rows_staged']} rows of run ${run.runId}, its change set ${rows.current}`,
      );
    }
  }
  return found;
}

/** Promises 4 and 6, once all is over: nothing runs, nothing is held, nobody waits. */
function brokenRest({ world }: Course, dataset: string, { gate, waiting }: DatasetRecords): string[] {
  const found: string[] = [];
  if (gate?.holder) found.push(`4: ${gate.holder} holds the gate of ${dataset} for ever`);
  if (waiting.length > 0) found.push(`6: ${waiting.length} uploads of ${dataset} wait for ever`);
  for (const { id, state, name } of world.clusters.clusters.values()) {
    if (name.includes(`-${dataset}-`) && !state.startsWith('TERMINAT')) {
      found.push(`4: cluster ${id} is ${state} for ever`);
    }
  }
  for (const { id, state } of world.jobRuns.runs.values()) {
    if (state === 'STARTING' || state === 'RUNNING') found.push(`4: job run ${id} is ${state} for ever`);
  }
  return found;
}

/** Promise 4: one alert for each time that an execution ended badly; another only where an answer was lost. */
function brokenAlerts({ world, ends }: Course): string[] {
  return ends.flatMap(({ arn, name, status, redriveCount, beganMs, endedMs, redrivenMs }) => {
    const alerts = world.published.filter(
      ({ message, atMs }) => message.includes(arn) && atMs >= beganMs && atMs < redrivenMs,
    );
    const lost = alerts.filter(({ answerLost }) => answerLost).length;
    const which = `${name} (redrive ${redriveCount})`;
    if (alerts.length > 1 + lost) return [`4: ${alerts.length} alerts were sent of ${which}`];
    // Redriven before the sweep came, it needs no alert any more.
    if (alerts.length > 0 || redrivenMs - endedMs < 2 * SWEEP_SECONDS * 1000) return [];
    return [`4: nobody was told that ${which} ended ${status}`];
  });
}
