import { ListObjectVersionsCommand, type ListObjectVersionsCommandOutput } from '@aws-sdk/client-s3';
import { ExecutionAlreadyExists, StartExecutionCommand } from '@aws-sdk/client-sfn';
import * as z from 'zod';
import { uploadKey, uploadRecordSchema } from '../../tasks/core/records.ts';
import { readRecord } from '../../tasks/core/state-table/read-record.ts';
import { printable } from '../../tasks/core/telling/printable.ts';
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
  summary: 'load files that were in the bucket before Tidegate',
  help: `Loads the current version of every file under DATASET/ (or under DATASET/P) in
the source bucket that Tidegate has never seen: files older than the deployment,
and files whose event was lost. They share a few runs. It is safe to run again:
nothing is started twice.
--since: only files written at or after this time, such as 2026-01-31 (midnight
UTC) or 2026-01-31T18:00Z.
--again: also every upload that Tidegate has seen, as \`replay\` does: for example
after the contract gave the table another name. Of overwritten files, every
version is loaded. Each call starts all of them again.
--dry-run: only list the files.`,
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
      const uri = `s3://${target.sourceBucket}/${version.key}`;
      process.stdout.write(`${printable(uri)} version ${version.versionId}\n`);
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
