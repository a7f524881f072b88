import type { ObjectRef } from '../ports.ts';

/** The object that an `s3://` URI names. */
export function refOf(uri: string): ObjectRef {
  const [bucket = '', ...key] = uri.slice('s3://'.length).split('/');
  return { bucket, key: key.join('/') };
}
