import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { serverSpecs } from '../../../local/stack/servers.ts';
import { emulated, startMoto } from '../../fakes/moto.ts';

describe('the health check of the AWS emulator', () => {
  it('fetches nothing that grows with what the emulator holds', async () => {
    const { endpoint, stop } = await startMoto();
    try {
      const ports = { aws: Number(new URL(endpoint).port), bigquery: 1, gcs: 2, services: 3, states: 4 };
      const { healthUrl } = serverSpecs({ ports, datasets: 'datasets' }).aws;
      const bytes = async (): Promise<number> => {
        const answer = await fetch(healthUrl);
        expect(answer.ok).toBe(true);
        return (await answer.arrayBuffer()).byteLength;
      };
      const before = await bytes();
      const s3 = new S3Client({ ...emulated(endpoint), forcePathStyle: true });
      await s3.send(new CreateBucketCommand({ Bucket: 'some' }));
      await s3.send(new PutObjectCommand({ Bucket: 'some', Key: 'object', Body: 'text' }));
      expect(await bytes()).toBe(before);
    } finally {
      await stop();
    }
  });
});
