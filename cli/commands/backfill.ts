import { ListObjectVersionsCommand, type ListObjectVersionsCommandOutput } from '@aws-sdk/client-s3';
import { ExecutionAlreadyExists, StartExecutionCommand } from '@aws-sdk/client-sfn';
import * as z from 'zod';
import { uploadKey, uploadRecordSchema } from '../../tasks/core/records.ts';
import { readRecord } from '../../tasks/core/state-table/read-record.ts';
import { uploadIdOf } from '../../tasks/core/upload-id.ts';
import { ArgumentFailure, commandArguments } from '../command-arguments.ts';
import { deployedContract } from '../deployed-contract.ts';
import { type Deployment, deployment } from '../deployment.ts';
import type { Command } from './command.ts';

interface Version {
  key: string;
  versionId: string;
  isLatest: boolean;
  modifiedAt: Date;
  sizeBytes: number;
}

/** ISO 8601, with seconds or without; a time tells its zone. */
const timeSchema = z.union([
  z.iso.date(),
  z.iso.datetime({ offset: true }),
  z.iso.datetime({ offset: true, precision: -1 }),
]);

export const backfill: Command = {
  synopsis: 'DATASET [--prefix P] [--since D] [--again] [--dry-run]',
  summary: 'load files that were in the bucket before Tidegate was',
  help: `Loads every file under DATASET/ (and P below it) of the source bucket, as it is
now, that Tidegate has never seen: those from before it was deployed, and those
whose event was lost. They come to few runs. Run again, it starts nothing twice.
--since: only files written then or later, as in 2026-01-31 (from midnight UTC)
or 2026-01-31T18:00Z.
--again: every upload that Tidegate has seen, too, as \`replay\` loads it: into a
table that has another name in the contract now, say. Overwritten files come in
each of their versions. Each call starts them all.
--dry-run only lists them.`,
  async run(args) {
    const { positionals, values } = commandArguments(args, {
      needed: ['DATASET'],
      options: {
        prefix: { type: 'string', default: '' },
        since: { type: 'string' },
        again: { type: 'boolean', default: false },
        'dry-run': { type: 'boolean', default: false },
      },
    });
    const [dataset] = positionals;
    if (values.since !== undefined && !timeSchema.safeParse(values.since).success)
      throw new ArgumentFailure(
        `--since: expected a date like 2026-01-31, or a time like 2026-01-31T18:00Z, found "${values.since}".`,
      );
    const since = new Date(values.since ?? 0);
    const target = deployment();
    await deployedContract(dataset);
    let started = 0;
    for await (const version of versionsOf(`${dataset}/${values.prefix}`, target)) {
      if (version.sizeBytes === 0 || version.modifiedAt < since) continue;
      if (!version.isLatest && !values.again) continue;
      const uploadId = uploadIdOf(target.sourceBucket, version.key, version.versionId);
      const isKnown =
        (await readRecord(target.table, uploadKey(dataset, uploadId), uploadRecordSchema)) !== null;
      if (isKnown ? !values.again : !version.isLatest) continue;
      process.stdout.write(`s3://${target.sourceBucket}/${version.key} version ${version.versionId}\n`);
      // Named by the upload, what was never seen is not started twice.
      const name = isKnown ? undefined : `backfill-${uploadId}`;
      if (!values['dry-run']) await start(name, version, target);
      started += 1;
    }
    process.stdout.write(`${values['dry-run'] ? 'To load' : 'Started'}: ${started}\n`);
    return 0;
  },
};

async function* versionsOf(prefix: string, { s3, sourceBucket }: Deployment): AsyncGenerator<Version> {
  let place: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } | undefined = {};
  while (place) {
    const page: ListObjectVersionsCommandOutput = await s3.send(
      new ListObjectVersionsCommand({ Bucket: sourceBucket, Prefix: prefix, ...place }),
    );
    for (const { Key, VersionId, LastModified, IsLatest, Size } of page.Versions ?? []) {
      if (Key && VersionId && LastModified)
        yield {
          key: Key,
          versionId: VersionId,
          isLatest: IsLatest ?? false,
          modifiedAt: LastModified,
          sizeBytes: Size ?? 0,
        };
    }
    place = page.IsTruncated
      ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
      : undefined;
  }
}

async function start(
  name: string | undefined,
  { key, versionId }: Version,
  { sfn, stateMachineArn, sourceBucket }: Deployment,
): Promise<void> {
  const input = JSON.stringify({ bucket: sourceBucket, key, versionId });
  try {
    await sfn.send(new StartExecutionCommand({ stateMachineArn, name, input }));
  } catch (error) {
    if (!(error instanceof ExecutionAlreadyExists)) throw error;
  }
}
