import { GetObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { runFolder } from '../../tasks/core/folders/folders.ts';
import { type Manifest, manifestSchema } from '../../tasks/core/manifest.ts';

/** The manifest of a run's newest attempt. */
export async function manifestOf(
  s3: S3Client,
  bucket: string,
  dataset: string,
  runId: string,
): Promise<Manifest> {
  const Prefix = `${runFolder(dataset, runId)}/attempts/`;
  const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix }));
  const attempts = (Contents ?? [])
    .map(({ Key }) => Number(/\/attempts\/(\d+)\/manifest\.json$/.exec(Key ?? '')?.[1] ?? 0))
    .sort((a, b) => b - a);
  const newest = attempts[0] ?? 0;
  if (newest === 0) throw new Error(`There is no manifest under s3://${bucket}/${Prefix}.`);
  const { Body } = await s3.send(
    new GetObjectCommand({ Bucket: bucket, Key: `${Prefix}${newest}/manifest.json` }),
  );
  return manifestSchema.parse(JSON.parse((await Body?.transformToString()) ?? ''));
}

/** The sums that must hold, each with whether it does; without BigQuery where nothing is delivered there. */
export function balanceOf(
  manifest: Manifest,
  rowsOfRunInBigQuery: number | null,
): { text: string; holds: boolean }[] {
  const { read, kept, quarantined, current, superseded } = manifest.rows;
  const parts = sumOf(manifest.changes.parts);
  return [
    {
      text: `read ${read} = kept ${kept} + quarantined ${quarantined}`,
      holds: read === kept + quarantined,
    },
    {
      text: `kept ${kept} = current ${current} + superseded ${superseded}`,
      holds: kept === current + superseded,
    },
    { text: `current ${current} = rows of the change set ${parts}`, holds: current === parts },
    rowsOfRunInBigQuery === null
      ? {
          text: `current ${current} = rows of the exported files ${sumOf(manifest.exports?.parts ?? [])}`,
          holds: current === sumOf(manifest.exports?.parts ?? []),
        }
      : {
          text: `current ${current} = rows of the run in BigQuery ${rowsOfRunInBigQuery}`,
          holds: current === rowsOfRunInBigQuery,
        },
  ];
}

const sumOf = (parts: readonly { rows: number }[]): number => parts.reduce((sum, part) => sum + part.rows, 0);
