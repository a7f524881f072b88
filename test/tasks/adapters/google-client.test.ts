import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { BigQuery } from '@google-cloud/bigquery';
import { Storage } from '@google-cloud/storage';
import { PassThroughClient } from 'google-auth-library';
import { BigQueryWarehouse } from '../../../tasks/adapters/bigquery-warehouse.ts';
import { GcsPartStore } from '../../../tasks/adapters/gcs-part-store.ts';
import { googleAuthClient } from '../../../tasks/adapters/google-client.ts';

const AUDIENCE =
  '//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/tidegate/providers/aws';
const ACCOUNT = 'tidegate@p.iam.gserviceaccount.com';
const CREDENTIALS = {
  AWS_ACCESS_KEY_ID: 'ASIAEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_SESSION_TOKEN: 'session',
  AWS_REGION: 'eu-central-1',
};

let server: Server;
let endpoint: string;
let requests: { url: string; headers: IncomingMessage['headers']; body: string }[];
/** Answers by path; a status and a body. */
let answers: Record<string, [number, object]>;

beforeEach(async () => {
  requests = [];
  answers = {
    '/v1/token': [
      200,
      {
        access_token: 'federated',
        issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        token_type: 'Bearer',
        expires_in: 3600,
      },
    ],
    [`/v1/projects/-/serviceAccounts/${ACCOUNT}:generateAccessToken`]: [
      200,
      { accessToken: 'access', expireTime: new Date(Date.now() + 3_600_000).toISOString() },
    ],
  };
  server = createServer(async (incoming, outgoing) => {
    const url = decodeURIComponent(incoming.url ?? '');
    requests.push({ url, headers: incoming.headers, body: await text(incoming) });
    const [status, body] = answers[url] ?? [404, {}];
    outgoing.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  Object.assign(process.env, CREDENTIALS, {
    TIDEGATE_GOOGLE_CREDENTIAL_CONFIG: JSON.stringify({
      type: 'external_account',
      audience: AUDIENCE,
      subject_token_type: 'urn:ietf:params:aws:token-type:aws4_request',
      service_account_impersonation_url: `${endpoint}/v1/projects/-/serviceAccounts/${ACCOUNT}:generateAccessToken`,
      token_url: `${endpoint}/v1/token`,
      credential_source: {
        environment_id: 'aws1',
        regional_cred_verification_url:
          'https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15',
      },
    }),
  });
});

afterEach(async () => {
  for (const name of [...Object.keys(CREDENTIALS), 'TIDEGATE_GOOGLE_CREDENTIAL_CONFIG'])
    delete process.env[name];
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test("the function's role is exchanged for an access token of the service account, without any key", async () => {
  const headers = await googleAuthClient(undefined).getRequestHeaders();
  expect(headers.get('authorization')).toBe('Bearer access');
  const [exchange, impersonation] = requests;
  expect(requests.map(({ url }) => url)).toEqual(Object.keys(answers));

  const form = Object.fromEntries(new URLSearchParams(exchange?.body));
  const { subject_token: token = '', ...rest } = form;
  expect(rest).toEqual({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    audience: AUDIENCE,
    scope: 'https://www.googleapis.com/auth/cloud-platform',
    requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    subject_token_type: 'urn:ietf:params:aws:token-type:aws4_request',
  });
  const signed = JSON.parse(decodeURIComponent(token));
  expect(signed).toMatchObject({
    url: 'https://sts.eu-central-1.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15',
    method: 'POST',
  });
  const signedHeaders: Record<string, string> = Object.fromEntries(
    signed.headers.map(({ key, value }: { key: string; value: string }) => [key.toLowerCase(), value]),
  );
  // Google takes the signature for this pool only.
  expect(signedHeaders['x-goog-cloud-target-resource']).toBe(AUDIENCE);
  expect(signedHeaders['x-amz-security-token']).toBe('session');
  expect(signedHeaders['authorization']).toBe(authorizationOf(signedHeaders));

  expect(impersonation?.headers.authorization).toBe('Bearer federated');
  expect(JSON.parse(impersonation?.body ?? '')).toEqual({
    scope: ['https://www.googleapis.com/auth/cloud-platform'],
    lifetime: '3600s',
  });
});

test('a token is used until it expires', async () => {
  const client = googleAuthClient(undefined);
  await client.getRequestHeaders();
  await client.getRequestHeaders();
  expect(requests).toHaveLength(2);
});

test("a role that the provider's condition does not let in is told in Google's words, and how it is let in", async () => {
  const error_description = 'The given credential is rejected by the attribute condition.';
  answers['/v1/token'] = [400, { error: 'unauthorized_client', error_description }];
  const options = { projectId: 'p', authClient: googleAuthClient(undefined) };
  const warehouse = new BigQueryWarehouse(
    new BigQuery(options as ConstructorParameters<typeof BigQuery>[0]),
    'p',
    'EU',
  );
  const parts = new GcsPartStore(new Storage(options).bucket('parts'));
  for (const call of [() => warehouse.job('any'), () => parts.head('any')])
    await expect(call()).rejects.toMatchObject({
      name: 'PermissionMissing',
      message: expect.stringMatching(/rejected by the attribute condition.*infra\/gcp\/set-up\.sh/),
    });
});

test('a call that gets no answer is ServiceUnavailable: the clients themselves wait without an end', async () => {
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const apiEndpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const retryOptions = { autoRetry: false, maxRetries: 0 };
  const options = { projectId: 'p', apiEndpoint, authClient: new PassThroughClient(), retryOptions };
  const bigquery = new BigQuery(options as ConstructorParameters<typeof BigQuery>[0]);
  const warehouse = new BigQueryWarehouse(bigquery, 'p', 'EU', 1);
  const parts = new GcsPartStore(new Storage(options).bucket('parts'), 1);
  const table = { dataset: 'd', table: 't' };
  for (const call of [
    () => warehouse.job('any'),
    () => warehouse.tableFields(table),
    () => warehouse.createTable(table, { fields: [] }),
    () => warehouse.setFields(table, []),
    () => warehouse.startLoad('any', [], table, { fields: [] }),
    () => parts.head('any'),
    () => parts.begin('any'),
  ])
    await expect(call()).rejects.toMatchObject({
      name: 'ServiceUnavailable',
      message: expect.stringContaining('no answer within'),
    });
  silent.closeAllConnections();
  await new Promise((resolve) => silent.close(resolve));
});

test('what passes by itself is known by its reason, at an upload too', async () => {
  const message = 'The project has had too many requests.';
  const refused = { error: { code: 403, message, errors: [{ reason: 'rateLimitExceeded', message }] } };
  answers['/upload/storage/v1/b/parts/o?name=any&uploadType=resumable&ifGenerationMatch=0'] = [403, refused];
  answers['/session'] = [403, refused];
  const options = { apiEndpoint: endpoint, authClient: new PassThroughClient() };
  const parts = new GcsPartStore(new Storage(options).bucket('parts'));
  const session = { id: `${endpoint}/session`, isNew: true };
  for (const call of [
    () => parts.begin('any'),
    () => parts.send('any', session, async () => Readable.from(['content']), 7),
  ])
    await expect(call()).rejects.toMatchObject({
      name: 'ServiceUnavailable',
      message: expect.stringMatching(/ answered 403 rateLimitExceeded: The project/),
    });
});

test('without AWS credentials in the environment it fails at once, and asks nobody for any', async () => {
  for (const name of Object.keys(CREDENTIALS)) delete process.env[name];
  await expect(googleAuthClient(undefined).getRequestHeaders()).rejects.toThrow(/region/i);
  process.env['AWS_REGION'] = 'eu-central-1';
  await expect(googleAuthClient(undefined).getRequestHeaders()).rejects.toThrow(/credential/i);
  expect(requests).toEqual([]);
});

test('a credential configuration of another kind is refused', () => {
  process.env['TIDEGATE_GOOGLE_CREDENTIAL_CONFIG'] = JSON.stringify({
    type: 'service_account',
    private_key: 'k',
  });
  expect(() => googleAuthClient(undefined)).toThrow('no external account of AWS');
});

/** AWS Signature Version 4 of the request, computed anew (AWS: "Create a signed AWS API request"). */
function authorizationOf(headers: Record<string, string>): string {
  const amzDate = headers['x-amz-date'] ?? '';
  const day = amzDate.slice(0, 8);
  const names = ['host', 'x-amz-date', 'x-amz-security-token'];
  const hash = (content: string): string => createHash('sha256').update(content).digest('hex');
  const canonical = [
    'POST',
    '/',
    'Action=GetCallerIdentity&Version=2011-06-15',
    ...names.map((name) => `${name}:${headers[name]}`),
    '',
    names.join(';'),
    hash(''),
  ].join('\n');
  const scope = `${day}/eu-central-1/sts/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', amzDate, scope, hash(canonical)].join('\n');
  const key = ['eu-central-1', 'sts', 'aws4_request'].reduce(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    createHmac('sha256', `AWS4${CREDENTIALS.AWS_SECRET_ACCESS_KEY}`).update(day).digest(),
  );
  const signature = createHmac('sha256', key).update(toSign).digest('hex');
  return `AWS4-HMAC-SHA256 Credential=${CREDENTIALS.AWS_ACCESS_KEY_ID}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
}
