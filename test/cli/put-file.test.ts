import '../tasks/handlers/environment.ts';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deployment } from '../../cli/deployment.ts';
import { putFile } from '../../cli/put-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidegate-put-file-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('of a service that answers nonsense, the file and where it should be are told, and nothing else', async () => {
  const file = join(folder, 'a.csv');
  writeFileSync(file, 'id\n1\n');
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(400).end('<Error><Code>odd</Cod>'));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const warn = jest.spyOn(console, 'warn').mockImplementation();
  process.env['AWS_ENDPOINT_URL'] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { s3, sourceBucket } = deployment();
  try {
    await expect(putFile(file, 'flights/a.csv', { s3, sourceBucket })).rejects.toMatchObject({
      name: 'CommandFailure',
      message: expect.stringMatching(
        /a\.csv could not be uploaded to s3:\/\/source\/flights\/a\.csv: [^\n]+$/,
      ),
    });
    expect(warn).not.toHaveBeenCalled();
  } finally {
    delete process.env['AWS_ENDPOINT_URL'];
    s3.destroy();
    server.close();
  }
});
