import { s3ObjectStore } from '../../tasks/adapters/world.ts';
import type { RangeReader } from '../../tasks/plan-run/estimate/file-estimate.ts';
import { CommandFailure } from '../command-failure.ts';
import { refuseEmpty } from '../size-of-file.ts';

/** Reads ranges of an object by its `s3://` URI. @throws CommandFailure when there is none, or nothing in it. */
export async function s3RangeReader(uri: string): Promise<{ sizeBytes: number; read: RangeReader }> {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(uri) ?? [];
  if (!bucket || !key) throw new CommandFailure(`expected s3://BUCKET/KEY, found "${uri}".`);
  const objects = s3ObjectStore();
  const head = await objects.head({ bucket, key });
  if (!head) throw new CommandFailure(`There is no object ${uri}.`);
  refuseEmpty(uri, head.sizeBytes);
  const versionId = head.versionId ?? undefined;
  return {
    sizeBytes: head.sizeBytes,
    read: async (range) => (await objects.read({ bucket, key, versionId }, range)) ?? new Uint8Array(),
  };
}
