import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DeployedContracts } from '../../../local/demo/deployed-contracts.ts';
import { names } from '../../../local/stack/names.ts';
import { emulated, startMoto } from '../../fakes/moto.ts';
import { contractOf } from '../../fakes/samples.ts';

it('puts a contract back that was deployed with another engine', async () => {
  const { endpoint, stop } = await startMoto();
  const folder = mkdtempSync(join(tmpdir(), 'contracts-'));
  try {
    const s3 = new S3Client({ ...emulated(endpoint), forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: names.artifactsBucket }));
    const contract = contractOf({ engine: 'auto' });
    mkdirSync(join(folder, 'flights'));
    writeFileSync(join(folder, 'flights/contract.json'), JSON.stringify(contract));
    const deployed = async (): Promise<unknown> => {
      const Key = 'datasets/flights/contract.json';
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: names.artifactsBucket, Key }));
      return JSON.parse((await Body?.transformToString()) ?? '');
    };

    const contracts = new DeployedContracts(s3, folder);
    await contracts.deploy('flights', 'auto');
    expect(await contracts.deploy('flights', 'emr')).toMatchObject({ engine: 'emr', own: 'auto' });
    expect(await deployed()).toEqual({ ...contract, engine: 'emr' });
    await contracts.putBack();
    expect(await deployed()).toEqual(contract);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await stop();
  }
});
