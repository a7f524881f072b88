import { GlueClient, StartJobRunCommand } from '@aws-sdk/client-glue';
import { awsClientSettings } from '../../tasks/adapters/aws-client.ts';
import { contractSchema } from '../../tasks/core/contract.ts';
import { attemptFolder, contractKey, manifestKey } from '../../tasks/core/folders/folders.ts';
import { readStoredJson } from '../../tasks/core/folders/stored-json.ts';
import { type Manifest, manifestSchema } from '../../tasks/core/manifest.ts';
import type { StateTable } from '../../tasks/core/ports.ts';
import { owedKey, type RunRecord, runKey } from '../../tasks/core/records.ts';
import { counted } from '../../tasks/core/telling/counted.ts';
import { ArgumentFailure, commandArguments } from '../command-arguments.ts';
import { CommandFailure } from '../command-failure.ts';
import { deployedContract } from '../deployed-contract.ts';
import { deployment, runFolders, variable } from '../deployment.ts';
import { endOfJob } from '../end-of-job.ts';
import type { Command } from './command.ts';

export const adopt: Command = {
  synopsis: 'DATASET PREFIX [--format parquet|csv]',
  summary: 'merge pre-existing data into the table of a dataset',
  help: `Merges the Parquet (or CSV) files directly under PREFIX in the second source
bucket into the Iceberg table of DATASET. A run of the maintenance job on Glue
does it; the command waits for its end. Uploads outrank adopted rows, and a
later adoption outranks earlier ones. The files must keep the deployed contract:
if any row breaks it, nothing is adopted. The next run of DATASET brings the
rows to BigQuery.`,
  async run(args) {
    const { positionals, values } = commandArguments(args, {
      needed: ['DATASET', 'PREFIX'],
      options: { format: { type: 'string', default: 'parquet' } },
    });
    const [dataset, prefix] = positionals;
    if (values.format !== 'parquet' && values.format !== 'csv')
      throw new ArgumentFailure(`--format: expected parquet or csv, found "${values.format}".`);
    const lake = variable('TIDEGATE_LAKE_BUCKET', 'LakeBucket');
    const folder = folderIn(lake, prefix);
    const job = variable('TIDEGATE_MAINTENANCE_JOB', 'MaintenanceJob');
    const { table } = deployment();
    const { objects, destinationBucket: bucket } = runFolders();

    const startedAt = new Date();
    const runId = adoptionId(startedAt);
    const pinned = { bucket, key: contractKey(dataset, runId) };
    await objects.copy(await deployedContract(dataset), pinned);

    const glue = new GlueClient(awsClientSettings);
    const { JobRunId = '' } = await glue.send(
      new StartJobRunCommand({
        JobName: job,
        Arguments: {
          '--adopt': folder,
          '--contract': `s3://${bucket}/${pinned.key}`,
          '--format': values.format,
          '--run-id': runId,
          '--output': `s3://${bucket}/${attemptFolder(dataset, runId, 1)}`,
        },
      }),
    );
    process.stdout.write(`Job run ${JobRunId} of ${job} ...\n`);
    await endOfJob(job, JobRunId, glue);

    const manifestAt = { bucket, key: manifestKey(dataset, runId, 1) };
    const manifest = await readStoredJson(objects, manifestAt, manifestSchema, 'OutputMismatch');
    const contract = await readStoredJson(objects, pinned, contractSchema, 'ContractInvalid');
    if (!manifest || !contract)
      throw new CommandFailure(`The job left no s3://${bucket}/${manifestAt.key}: adopt the data again.`);
    await record({ dataset, runId, startedAt }, manifest, contract.deliver === 'bigquery', table);
    const then = contract.deliver === 'bigquery' ? '; its next run brings them to BigQuery' : '';
    process.stdout.write(
      `Adopted ${counted(manifest.rows.current, 'row')} into the table of ${dataset}${then}.\n`,
    );
    return 0;
  },
};

/** PREFIX may name the bucket, too. @throws CommandFailure when it is another. */
function folderIn(lake: string, prefix: string): string {
  const [, bucket = lake, within = prefix] = /^s3:\/\/([^/]*)(.*)$/s.exec(prefix) ?? [];
  if (bucket !== lake)
    throw new CommandFailure(`expected a prefix of the second source bucket ${lake}, found ${prefix}.`);
  return `s3://${lake}/${within.replace(/^\/+|\/+$/g, '')}`;
}

/** Sorts before the id of every run, and is used once, for BigQuery's jobs are named by it. */
const adoptionId = (at: Date): string => `0adopted-${at.toISOString().replace(/\W/g, '')}`;

/** Leaves what a run leaves that merged and has yet to be delivered. */
async function record(
  { dataset, runId, startedAt }: { dataset: string; runId: string; startedAt: Date },
  { rows, uploads }: Manifest,
  isOwed: boolean,
  table: StateTable,
): Promise<void> {
  const run: RunRecord = {
    runId,
    dataset,
    executionArn: '',
    startedAt: startedAt.toISOString(),
    status: 'SUCCEEDED',
    redriveCount: 0,
    uploads: uploads.map(({ uploadId }) => ({ uploadId, generation: 1 })),
    attempt: 1,
    discardedAttempt: 0,
    plan: null,
    outcome: { rows },
  };
  await table.write([
    { key: runKey(dataset, runId), item: run, expectedVersion: null },
    ...(isOwed ? [{ key: owedKey(dataset, runId), item: { runId }, expectedVersion: null }] : []),
  ]);
}
