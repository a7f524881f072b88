import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { executionOf } from '../../local/demo/follow-execution.ts';
import { arns, names } from '../../local/stack/names.ts';
import { places } from '../../local/stack/places.ts';
import { aws, ended, sfn } from './stack.ts';

const s3 = new S3Client({ forcePathStyle: true });

const sourceUri = (key: string): string => `s3://${names.sourceBucket}/${key}`;

/** Puts an object into the source bucket. @returns the execution that its event starts. */
export async function upload(key: string, body: string): Promise<string> {
  const { VersionId = '' } = await s3.send(
    new PutObjectCommand({ Bucket: names.sourceBucket, Key: key, Body: Buffer.from(body) }),
  );
  return executionOf(sfn, arns.stateMachine, { key, versionId: VersionId });
}

/** Uploads a file by the `aws` client and waits for the execution that its event starts. */
export async function copyAndWait(file: string, key: string) {
  await aws('s3', 'cp', '--no-progress', file, sourceUri(key));
  return ended(await executionOf(sfn, arns.stateMachine, { key, versionId: await versionOf(key) }));
}

/** The newest version of an object of the source bucket. */
export async function versionOf(key: string): Promise<string> {
  const { VersionId = '' } = await s3.send(new HeadObjectCommand({ Bucket: names.sourceBucket, Key: key }));
  return VersionId;
}

/** Deploys a dataset's contract anew, with that engine. */
export async function deployWithEngine(dataset: string, engine: 'auto' | 'emr' | 'glue'): Promise<void> {
  const file = join(places.contracts, dataset, 'contract.json');
  const contract = JSON.parse(readFileSync(file, 'utf8')) as object;
  await s3.send(
    new PutObjectCommand({
      Bucket: names.artifactsBucket,
      Key: `datasets/${dataset}/contract.json`,
      Body: JSON.stringify({ ...contract, engine }),
    }),
  );
}
