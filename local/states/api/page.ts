import * as z from 'zod';
import { ApiError } from './api-error.ts';

/** The members with which every list is paged. */
export const pageFields = {
  maxResults: z.int().min(0).max(1_000).default(0),
  nextToken: z.string().min(1).max(1_024).optional(),
};

/** AWS takes longer tokens for lists of executions. */
export const executionPageFields = { ...pageFields, nextToken: z.string().min(1).max(3_096).optional() };

/** AWS's page where maxResults is 0 or absent. */
const defaultPage = 100;

/** How many items a page holds. */
export function pageSize(request: { maxResults: number }): number {
  return request.maxResults === 0 ? defaultPage : request.maxResults;
}

/** A token that says where the next page goes on: the place itself, so that what is added meanwhile shifts nothing. */
export function tokenOf(place: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(place), 'utf8').toString('base64url');
}

/** The place in a request's token; undefined without one. Throws InvalidToken for a token that this list did not give. */
export function placeOf<T>(token: string | undefined, schema: z.ZodType<T>): T | undefined {
  if (token === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(Buffer.from(token, 'base64url').toString('utf8')));
  } catch {
    throw new ApiError('InvalidToken', `Invalid Token: '${token}'`);
  }
}
