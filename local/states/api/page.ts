import * as z from 'zod';
import { ApiError } from './api-error.ts';

/** The members with which every list is paged. */
export const pageFields = {
  maxResults: z.int().min(0).max(1_000).default(0),
  nextToken: z.string().min(1).max(1_024).optional(),
};

/** AWS's page where maxResults is 0 or absent. */
const defaultPage = 100;

/** Which items a page holds. Throws InvalidToken for a token that this server did not give. */
export function pageOf(request: { maxResults: number; nextToken?: string | undefined }): {
  offset: number;
  size: number;
} {
  const size = request.maxResults === 0 ? defaultPage : request.maxResults;
  if (request.nextToken === undefined) return { offset: 0, size };
  const match = /^after:(\d+)$/.exec(Buffer.from(request.nextToken, 'base64url').toString('utf8'));
  if (!match) throw new ApiError('InvalidToken', `Invalid Token: '${request.nextToken}'`);
  return { offset: Number(match[1]), size };
}

/** The token of the page that begins at `offset`. */
export function tokenAt(offset: number): string {
  return Buffer.from(`after:${offset}`, 'utf8').toString('base64url');
}
