import { join } from 'node:path';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { tellDatasets } from '../../../local/stack/deployed-datasets.ts';
import { names } from '../../../local/stack/names.ts';
import { ROOT } from '../../../local/stack/places.ts';
import { emulated, startMoto } from '../../fakes/moto.ts';

it('tells the datasets of the folder, and those of another that are served still', async () => {
  const { endpoint, stop } = await startMoto();
  try {
    const s3 = new S3Client({ ...emulated(endpoint), forcePathStyle: true });
    const Bucket = names.artifactsBucket;
    await s3.send(new CreateBucketCommand({ Bucket }));
    const deploy = (dataset: string) =>
      s3.send(new PutObjectCommand({ Bucket, Key: `datasets/${dataset}/contract.json`, Body: '{}' }));
    await deploy('weather');
    await deploy('flights');
    const folder = join(ROOT, 'datasets');
    expect(await tellDatasets(s3, folder, ['weather', 'flights'])).toBe(
      'Deployed from datasets: flights, weather',
    );
    await deploy('orders');
    expect(await tellDatasets(s3, '/elsewhere', ['orders'])).toBe(
      'Deployed from /elsewhere: orders\nStill deployed, but not in that folder: flights, weather',
    );
  } finally {
    await stop();
  }
});
