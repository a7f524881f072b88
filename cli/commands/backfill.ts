import { ListObjectVersionsCommand, type ListObjectVersionsCommandOutput } from '@aws-sdk/client-s3';
import { ExecutionAlreadyExists, StartExecutionCommand } from '@aws-sdk/client-sfn';
import * as z from 'zod';
import { readRecord } from '../../tasks/core/read-record.ts';
import { uploadKey, uploadRecordSchema } from '../../tasks/core/records.ts';
import { uploadIdOf } from '../../tasks/core/upload-id.ts';
import { ArgumentFailure, commandArguments } from '../command-arguments.ts';
import { deployedContract } from '../deployed-contract.ts';
import { type Deployment, deployment } from '../deployment.ts';
import type { Command } from './command.ts';

interface Version {
  key: string;
  versionId: string;
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
  synopsis: 'DATASET [--prefix P] [--since DATE] [--dry-run]',
  summary: 'load files that were in the bucket before Tidegate was',
  help: `Loads every file under DATASET/ (and P below it) of the source bucket, as it is
now, that Tidegate has never seen: those from before it was deployed, and those
whose event was lost. DATE: only files written then or later, as in 2026-01-31
(from midnight UTC) or 2026-01-31T18:00Z. They come to few runs. Run again, it
starts nothing twice.
--dry-run only lists them.`,
  async run(args) {
    const { positionals, values } = commandArguments(args, {
      needed: ['DATASET'],
      options: {
        prefix: { type: 'string', default: '' },
        since: { type: 'string' },
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
    for await (const version of currentVersions(`${dataset}/${values.prefix}`, target)) {
      if (version.sizeBytes === 0 || version.modifiedAt < since) continue;
      const uploadId = uploadIdOf(target.sourceBucket, version.key, version.versionId);
      if (await readRecord(target.table, uploadKey(dataset, uploadId), uploadRecordSchema)) continue;
      process.stdout.write(`s3://${target.sourceBucket}/${version.key} version ${version.versionId}\n`);
      if (!values['dry-run']) await start(uploadId, version, target);
      started += 1;
    }
    process.stdout.write(`${values['dry-run'] ? 'To load' : 'Started'}: ${started}\n`);
    return 0;
  },
};

async function* currentVersions(prefix: string, { s3, sourceBucket }: Deployment): AsyncGenerator<Version> {
  let place: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } | undefined = {};
  while (place) {
    const page: ListObjectVersionsCommandOutput = await s3.send(
      new ListObjectVersionsCommand({ Bucket: sourceBucket, Prefix: prefix, ...place }),
    );
    for (const { Key, VersionId, LastModified, IsLatest, Size } of page.Versions ?? []) {
      if (IsLatest && Key && VersionId && LastModified)
        yield { key: Key, versionId: VersionId, modifiedAt: LastModified, sizeBytes: Size ?? 0 };
    }
    place = page.IsTruncated
      ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
      : undefined;
  }
}

/** Named by the upload, so that the same one is not started twice. */
async function start(
  uploadId: string,
  { key, versionId }: Version,
  { sfn, stateMachineArn, sourceBucket }: Deployment,
): Promise<void> {
  const input = JSON.stringify({ bucket: sourceBucket, key, versionId });
  try {
    await sfn.send(new StartExecutionCommand({ stateMachineArn, name: `backfill-${uploadId}`, input }));
  } catch (error) {
    if (!(error instanceof ExecutionAlreadyExists)) throw error;
  }
}
