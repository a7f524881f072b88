import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { Crc32c } from '../../../tasks/core/crc32c.ts';
import type { Manifest } from '../../../tasks/core/manifest.ts';
import { PARTS, partKey } from './parts.ts';

const BLOCK = Buffer.from(Array.from({ length: 1024 ** 2 }, (_, index) => (index * 2_654_435_761) >>> 24));

/** Sizes of the parts, in bytes. */
const partsOf = (totalMiB: number): number[] =>
  Array.from({ length: PARTS }, () => (totalMiB / PARTS) * 1024 ** 2);

await serve(Number(process.argv[2]));

/** Amazon S3 and Cloud Storage as far as a copy needs them, giving and taking bytes as fast as the loopback does. */
async function serve(totalMiB: number): Promise<void> {
  const sizes = partsOf(totalMiB);
  const checksums = sizes.map(checksumOf);
  const manifest = JSON.stringify(manifestOf(sizes));
  const server = createServer((incoming, outgoing) => {
    const path = decodeURIComponent(incoming.url ?? '');
    const [, number] = /part-(\d+)/.exec(path) ?? [];
    const index = Number(number);
    if (incoming.method === 'GET' && path.includes('manifest.json')) outgoing.end(manifest);
    else if (incoming.method === 'GET' && path.startsWith('/destination/')) give(sizes[index] ?? 0, outgoing);
    else if (incoming.method === 'GET') outgoing.writeHead(404, JSON_TYPE).end('{"error":{"code":404}}');
    else if (incoming.method === 'POST') begin(path, incoming, outgoing);
    else
      take(incoming, () => outgoing.writeHead(200, JSON_TYPE).end(metadata(sizes[index], checksums[index])));
  });
  server.listen(0, '127.0.0.1', () =>
    process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
  );
}

const JSON_TYPE = { 'content-type': 'application/json' };

function give(sizeBytes: number, outgoing: ServerResponse): void {
  outgoing.writeHead(200, { 'content-length': sizeBytes, etag: '"bench"' });
  const blocks = Array.from({ length: sizeBytes / BLOCK.length }, () => BLOCK);
  Readable.from(blocks, { objectMode: false }).pipe(outgoing);
}

function begin(path: string, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const [, name = ''] = /[?&]name=([^&]+)/.exec(path) ?? [];
  const location = `http://${incoming.headers.host}/session/${name}`;
  take(incoming, () => outgoing.writeHead(200, { location }).end());
}

function take(incoming: IncomingMessage, then: () => void): void {
  incoming.resume().once('end', then);
}

const metadata = (size = 0, checksum = ''): string =>
  JSON.stringify({ size: String(size), crc32c: checksum });

function checksumOf(sizeBytes: number): string {
  const checksum = new Crc32c();
  for (let at = 0; at < sizeBytes; at += BLOCK.length) checksum.update(BLOCK);
  return checksum.base64;
}

function manifestOf(sizes: number[]): Manifest {
  const none = { read: 0, kept: 0, quarantined: 0, current: 0, superseded: 0 };
  return {
    formatVersion: 1,
    dataset: 'bench',
    runId: 'R',
    attempt: 1,
    sparkVersion: '4.1.1',
    startedAt: '2026-01-01T00:00:00Z',
    finishedAt: '2026-01-01T00:00:00Z',
    stageSeconds: {},
    table: { identifier: 'lake.tidegate.bench', snapshotId: null, columns: [] },
    rows: none,
    uploads: [],
    changes: {
      parts: sizes.map((bytes, index) => ({ path: `s3://destination/${partKey(index)}`, rows: 0, bytes })),
    },
    quarantine: { parts: [] },
  };
}
