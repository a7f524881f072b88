import { BigQuery } from '@google-cloud/bigquery';
import { PassThroughClient } from 'google-auth-library';

type Row = Record<string, string | null>;

/** Asks BigQuery; queries cast what they select to STRING. */
export type Ask = (query: string, params?: Record<string, string>) => Promise<Row[]>;

/** Queries at BigQuery's stand-in, which wants no credentials. */
export function asker(apiEndpoint: string, projectId: string, location: string): Ask {
  const bigQuery = new BigQuery({ projectId, apiEndpoint, authClient: new PassThroughClient() });
  return async (query, params = {}) => {
    const [rows] = await bigQuery.query({ query, params, location });
    return rows as Row[];
  };
}
