import type * as z from 'zod';
import { type ErrorName, TidegateError } from '../errors.ts';
import { parseInput } from '../parse-input.ts';
import type { ObjectRef, ObjectStore } from '../ports.ts';

/**
 * A JSON object of the store, parsed; null when there is none.
 * @throws TidegateError of the given name when it is no JSON or not of the schema.
 */
export async function readStoredJson<S extends z.ZodType>(
  objects: ObjectStore,
  ref: ObjectRef,
  schema: S,
  errorName: ErrorName,
): Promise<z.output<S> | null> {
  const bytes = await objects.read(ref);
  if (!bytes) return null;
  const uri = `s3://${ref.bucket}/${ref.key}`;
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (error) {
    throw new TidegateError(errorName, `${uri} is not JSON: ${String(error)}`, { cause: error });
  }
  return parseInput(schema, value, uri, errorName);
}
