import '../tasks/handlers/environment.ts';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { planFiles } from '../../cli/commands/plan-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidegate-plan-files-'));
afterAll(() => rmSync(folder, { recursive: true }));
const PLAIN = { json: false, learned: false };

test('an empty file is not planned for: nothing would be loaded', async () => {
  const file = join(folder, 'empty.csv');
  writeFileSync(file, '');
  await expect(planFiles([file], PLAIN)).rejects.toThrow(`${file} is empty: Tidegate ignores empty files.`);
  mockClient(S3Client).on(HeadObjectCommand).resolves({ ContentLength: 0 });
  const uri = 's3://source/flights/a.csv';
  await expect(planFiles([uri], PLAIN)).rejects.toThrow(`${uri} is empty: Tidegate ignores empty files.`);
});
