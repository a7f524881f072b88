import { names } from './names.ts';

/** Makes the bucket and the BigQuery datasets that the delivery uses; what is there already stays as it is. */
export async function createGoogleResources(gcs: string, bigQuery: string): Promise<void> {
  const { bigQueryProject: projectId, bigQueryLocation: location } = names;
  await Promise.all([
    create(`${gcs}/storage/v1/b?project=${projectId}`, { name: names.gcsBucket, location }),
    ...[names.bigQueryDataset, names.bigQueryStagingDataset].map((datasetId) =>
      create(`${bigQuery}/bigquery/v2/projects/${projectId}/datasets`, {
        datasetReference: { projectId, datasetId },
        location,
      }),
    ),
  ]);
}

const CONFLICT = 409;

async function create(url: string, resource: object): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(resource),
  });
  const answer = await response.text();
  if (!response.ok && response.status !== CONFLICT)
    throw new Error(`POST ${url} was answered with ${response.status}: ${answer}`);
}
