import { AwsClient, PassThroughClient } from 'google-auth-library';
import { environment } from './environment.ts';

const SCOPES = ['https://www.googleapis.com/auth/cloud-platform'];

/**
 * Who the function is to Google. On AWS: the function's own role, exchanged by workload identity federation as
 * `TIDEGATE_GOOGLE_CREDENTIAL_CONFIG` (JSON without any secret) says. With an endpoint of its own: nobody.
 */
export function googleAuthClient(endpoint: string | undefined) {
  if (endpoint) return new PassThroughClient();
  const config = JSON.parse(environment('TIDEGATE_GOOGLE_CREDENTIAL_CONFIG'));
  if (config.type !== 'external_account')
    throw new Error('TIDEGATE_GOOGLE_CREDENTIAL_CONFIG is no external account of AWS: see infra/gcp.');
  const client = new AwsClient(config);
  client.scopes = SCOPES;
  return client;
}

/**
 * What a call of Google's clients answers. By themselves they wait for it without an end: the time limit that they take
 * reaches neither their requests nor those for a token. A call that is late is not ended, and may still have its effect.
 * @throws Error when there is no answer within the limit.
 */
export async function answerWithin<T>(limitMs: number, call: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${limitMs / 1000} s`)), limitMs);
  });
  try {
    return await Promise.race([call(), late]);
  } finally {
    clearTimeout(timer);
  }
}
