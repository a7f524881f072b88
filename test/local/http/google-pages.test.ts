import { once } from 'node:events';
import { request } from 'node:http';
import { type GoogleServices, startGoogleServices } from '../../fakes/google-services.ts';

let google: GoogleServices;

beforeAll(async () => {
  google = await startGoogleServices();
});
afterAll(() => google.stop());

const PAGES = [
  { origin: 'https://elsewhere.example' },
  { origin: 'null' },
  { host: 'rebound.example' },
  { host: 'localhost.example:8080' },
];

async function statusOf(url: string, headers: Record<string, string>): Promise<number | undefined> {
  const [response] = await once(request(url, { headers }).end(), 'response');
  response.resume();
  return response.statusCode;
}

test.each(PAGES)('a web page is refused by the stand-ins of Google, which sends %j', async (headers) => {
  expect(await statusOf(`${google.bigQueryEndpoint}/__calls`, headers)).toBe(403);
  expect(await statusOf(`${google.gcsEndpoint}/storage/v1/b/b/o/x`, headers)).toBe(403);
});

test('a program is answered', async () => {
  expect(await statusOf(`${google.bigQueryEndpoint}/__calls`, {})).toBe(200);
  expect(await statusOf(`${google.gcsEndpoint}/storage/v1/b/b/o/x`, {})).toBe(404);
});
