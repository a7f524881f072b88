import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { pricesSchema } from '../tasks/plan-run/prices.ts';

const text = z.string().min(1);

/** A Lambda function's variables have 4 KB together (AWS Lambda Developer Guide, "Quotas"); the others take up to 1.8. */
export const MOST_PRICES_BYTES = 2200;

const settingsSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,39}$/, 'expected lower-case letters, digits and hyphens, at most 40')
    .default('tidegate'),
  account: z
    .string()
    .regex(/^\d{12}$/, 'expected 12 digits')
    .exactOptional(),
  region: text.exactOptional(),
  alertEmails: z.array(z.email()).default([]),
  encryptAlerts: z.boolean().default(false),
  emrRelease: text.exactOptional(),
  prices: pricesSchema
    .refine(
      (prices) => JSON.stringify(prices).length <= MOST_PRICES_BYTES,
      `at most ${MOST_PRICES_BYTES} bytes as JSON without spaces fit into a function's environment: leave out instance types that you do not want`,
    )
    .exactOptional(),
  zones: z.int().min(1).max(6).default(3),
  removeDataOnDestroy: z.boolean().default(false),
  google: z.strictObject({
    projectId: z
      .string()
      .regex(/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/, "expected a project's id (not its name or number)"),
    dataset: z.string().regex(/^\w{1,1024}$/, 'expected letters, digits and underscores'),
    stagingDataset: z.string().regex(/^\w{1,1024}$/, 'expected letters, digits and underscores'),
    location: text,
    bucket: z.string().regex(/^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/, 'expected the name of a bucket'),
    credentialConfig: z.looseObject({
      type: z.literal('external_account', 'expected "external_account": a key file is not wanted here'),
      audience: text,
      subject_token_type: z.literal('urn:ietf:params:aws:token-type:aws4_request'),
      token_url: z.url(),
      credential_source: z.looseObject({ environment_id: z.literal('aws1') }),
    }),
  }),
});

/** What a deployment is told; infra/settings.example.json shows one. */
export type Settings = z.infer<typeof settingsSchema>;

/**
 * Reads and checks a deployment's settings.
 * @throws Error that names the file and every deviation with its path.
 */
export function readSettings(file: string): Settings {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(
      `Cannot read the deployment's settings ${file}: ${error instanceof Error ? error.message : String(error)}. Copy infra/settings.example.json, fill it in, and name it by --context settings=FILE.`,
      { cause: error },
    );
  }
  return parseSettings(parsed, file);
}

/** @throws Error that names `origin` and every deviation with its path. */
export function parseSettings(value: unknown, origin: string): Settings {
  const result = settingsSchema.safeParse(value);
  if (result.success) return result.data;
  throw new Error(
    `The deployment's settings ${origin} are not as expected:\n${z.prettifyError(result.error)}\ninfra/settings.example.json shows the form.`,
  );
}
