import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  type S3Client,
  S3ServiceException,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import type { ByteRange, ObjectHead, ObjectRef, ObjectStore } from '../core/ports.ts';

/** CopyObject stops at 5 GB (Amazon S3 User Guide, "Copying objects"). */
const SINGLE_COPY_LIMIT_BYTES = 5_000_000_000;
const COPY_PART_BYTES = 512 * 1024 * 1024;
const PARALLEL_PART_COPIES = 8;

export class S3ObjectStore implements ObjectStore {
  readonly #s3: S3Client;

  constructor(s3: S3Client) {
    this.#s3 = s3;
  }

  async head(ref: ObjectRef): Promise<ObjectHead | null> {
    const answer = await absentAsNull(() => this.#s3.send(new HeadObjectCommand(address(ref))));
    if (!answer) return null;
    return {
      sizeBytes: answer.ContentLength ?? 0,
      versionId: answer.VersionId ?? null,
      lastModified: answer.LastModified ?? new Date(0),
      etag: answer.ETag ?? '',
      storageClass: answer.StorageClass ?? null,
    };
  }

  async read(ref: ObjectRef, range?: ByteRange): Promise<Uint8Array | null> {
    const answer = await this.#get(ref, range);
    return (await answer?.Body?.transformToByteArray()) ?? null;
  }

  async open(ref: ObjectRef, range?: ByteRange): Promise<Readable | null> {
    const answer = await this.#get(ref, range);
    return answer?.Body instanceof Readable ? answer.Body : null;
  }

  async write(ref: ObjectRef, body: string | Uint8Array, contentType: string): Promise<void> {
    await this.#s3.send(
      new PutObjectCommand({ Bucket: ref.bucket, Key: ref.key, Body: body, ContentType: contentType }),
    );
  }

  async copy(from: ObjectRef, to: ObjectRef): Promise<void> {
    const head = await this.head(from);
    if (!head) throw new Error(`Cannot copy s3://${from.bucket}/${from.key}: no such object or version.`);
    if (head.sizeBytes > SINGLE_COPY_LIMIT_BYTES) return this.#copyInParts(from, to, head.sizeBytes);
    await this.#s3.send(
      new CopyObjectCommand({
        Bucket: to.bucket,
        Key: to.key,
        CopySource: copySource(from),
        MetadataDirective: 'REPLACE',
        // Copying the tags of a tagged object would need rights on tags.
        TaggingDirective: 'REPLACE',
      }),
    );
  }

  async list(bucket: string, prefix: string): Promise<{ key: string; sizeBytes: number }[]> {
    const found: { key: string; sizeBytes: number }[] = [];
    for await (const page of paginateListObjectsV2(
      { client: this.#s3 },
      { Bucket: bucket, Prefix: prefix },
    )) {
      for (const { Key: key, Size: sizeBytes } of page.Contents ?? []) {
        if (key !== undefined) found.push({ key, sizeBytes: sizeBytes ?? 0 });
      }
    }
    return found;
  }

  #get(ref: ObjectRef, range?: ByteRange) {
    const Range = range && `bytes=${range.start}-${range.end}`;
    return absentAsNull(() =>
      this.#s3.send(new GetObjectCommand({ ...address(ref), ...(Range && { Range }) })),
    );
  }

  async #copyInParts(from: ObjectRef, to: ObjectRef, sizeBytes: number): Promise<void> {
    const target = { Bucket: to.bucket, Key: to.key };
    const { UploadId } = await this.#s3.send(new CreateMultipartUploadCommand(target));
    const upload = { ...target, UploadId };
    try {
      const partCount = Math.ceil(sizeBytes / COPY_PART_BYTES);
      const numbers = Array.from({ length: partCount }, (_, index) => index + 1);
      const parts: { PartNumber: number; ETag: string | undefined }[] = [];
      const copyNext = async (): Promise<void> => {
        for (let number = numbers.shift(); number !== undefined; number = numbers.shift()) {
          const start = (number - 1) * COPY_PART_BYTES;
          const end = Math.min(start + COPY_PART_BYTES, sizeBytes) - 1;
          const { CopyPartResult } = await this.#s3.send(
            new UploadPartCopyCommand({
              ...upload,
              PartNumber: number,
              CopySource: copySource(from),
              CopySourceRange: `bytes=${start}-${end}`,
            }),
          );
          parts.push({ PartNumber: number, ETag: CopyPartResult?.ETag });
        }
      };
      await Promise.all(Array.from({ length: PARALLEL_PART_COPIES }, copyNext));
      parts.sort((a, b) => a.PartNumber - b.PartNumber);
      await this.#s3.send(
        new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: parts } }),
      );
    } catch (error) {
      await this.#s3.send(new AbortMultipartUploadCommand(upload));
      throw error;
    }
  }
}

function address(ref: ObjectRef) {
  return { Bucket: ref.bucket, Key: ref.key, ...(ref.versionId && { VersionId: ref.versionId }) };
}

/** The header takes the key URL-encoded, its slashes kept. */
function copySource({ bucket, key, versionId }: ObjectRef): string {
  const path = key.split('/').map(encodeURIComponent).join('/');
  return `${bucket}/${path}${versionId ? `?versionId=${encodeURIComponent(versionId)}` : ''}`;
}

const ABSENT = new Set(['NotFound', 'NoSuchKey', 'NoSuchVersion', '404']);

async function absentAsNull<T>(call: () => Promise<T>): Promise<T | null> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof S3ServiceException && ABSENT.has(error.name)) return null;
    throw error;
  }
}
