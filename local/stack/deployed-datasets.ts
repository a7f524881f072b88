import { relative, sep } from 'node:path';
import { ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { names } from './names.ts';
import { ROOT } from './places.ts';

/** Says which datasets of a folder are deployed, and which others, from before, the stack serves still. */
export async function tellDatasets(s3: S3Client, folder: string, own: readonly string[]): Promise<string> {
  const { CommonPrefixes = [] } = await s3.send(
    new ListObjectsV2Command({ Bucket: names.artifactsBucket, Prefix: 'datasets/', Delimiter: '/' }),
  );
  const deployed = CommonPrefixes.map(({ Prefix = '' }) => Prefix.split('/')[1] ?? '');
  const others = deployed.filter((name) => !own.includes(name));
  const shown = folder.startsWith(`${ROOT}${sep}`) ? relative(ROOT, folder) : folder;
  return [
    `Deployed from ${shown}: ${own.toSorted().join(', ')}`,
    ...(others.length > 0 ? [`Still deployed, but not in that folder: ${others.join(', ')}`] : []),
  ].join('\n');
}
