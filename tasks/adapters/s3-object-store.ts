import { Readable } from 'node:stream';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  type S3Client,
  S3ServiceException,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import {
  type ByteRange,
  type ObjectHead,
  type ObjectRef,
  type ObjectStore,
  ObjectUnreadable,
} from '../core/ports.ts';

/**
 * One call copies up to 5 GB, and answers only when it is done, at some 50 MB/s: what is larger than a client waits for
 * goes in parts, which also go side by side (Amazon S3 User Guide, "Copying objects").
 */
const COPYING = { singleLimitBytes: 128 * 1024 * 1024, partBytes: 128 * 1024 * 1024 };
/** An upload has no more parts than that. */
const MOST_PARTS = 10_000;
const PARALLEL_PART_COPIES = 8;

type Upload = { Bucket: string; Key: string; UploadId: string | undefined };

export class S3ObjectStore implements ObjectStore {
  readonly #s3: S3Client;
  readonly #copying: typeof COPYING;

  /** @param copying above which size an object is copied in parts, and of which size these are. */
  constructor(s3: S3Client, copying = COPYING) {
    this.#s3 = s3;
    this.#copying = copying;
  }

  async head(ref: ObjectRef): Promise<ObjectHead | null> {
    const answer = await absentAsNull(() => this.#s3.send(new HeadObjectCommand(address(ref)))).catch(
      (error) => Promise.reject(encrypted(error)),
    );
    if (!answer) return null;
    return {
      sizeBytes: answer.ContentLength ?? 0,
      versionId: answer.VersionId ?? null,
      lastModified: answer.LastModified ?? new Date(0),
      etag: answer.ETag ?? '',
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
    const copied =
      head.sizeBytes > this.#copying.singleLimitBytes
        ? this.#copyInParts(from, to, head.sizeBytes)
        : this.#copyAtOnce(from, to);
    await copied.catch((error) => Promise.reject(archived(error)));
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

  async #copyAtOnce(from: ObjectRef, to: ObjectRef): Promise<void> {
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

  /** Goes on with what an earlier call, cut short, has copied already; an upload never gone on with expires by itself. */
  async #copyInParts(from: ObjectRef, to: ObjectRef, sizeBytes: number): Promise<void> {
    const upload = await this.#openUpload(to);
    const partBytes = Math.max(this.#copying.partBytes, Math.ceil(sizeBytes / MOST_PARTS));
    const ranges = Array.from({ length: Math.ceil(sizeBytes / partBytes) }, (_, index) => ({
      number: index + 1,
      start: index * partBytes,
      end: Math.min((index + 1) * partBytes, sizeBytes) - 1,
    }));
    const copied = await this.#copiedParts(upload);
    const waiting = ranges.filter(
      ({ number, start, end }) => copied.get(number)?.sizeBytes !== end - start + 1,
    );
    const etags = new Map([...copied].map(([number, { etag }]) => [number, etag]));
    const copyNext = async (): Promise<void> => {
      for (let range = waiting.shift(); range; range = waiting.shift()) {
        const { CopyPartResult } = await this.#s3.send(
          new UploadPartCopyCommand({
            ...upload,
            PartNumber: range.number,
            CopySource: copySource(from),
            CopySourceRange: `bytes=${range.start}-${range.end}`,
          }),
        );
        etags.set(range.number, CopyPartResult?.ETag);
      }
    };
    await Promise.all(Array.from({ length: PARALLEL_PART_COPIES }, copyNext));
    const Parts = ranges.map(({ number }) => ({ PartNumber: number, ETag: etags.get(number) }));
    await this.#s3.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }));
  }

  async #openUpload(to: ObjectRef): Promise<Upload> {
    const target = { Bucket: to.bucket, Key: to.key };
    const { Uploads } = await this.#s3.send(
      new ListMultipartUploadsCommand({ Bucket: to.bucket, Prefix: to.key }),
    );
    const open = Uploads?.find(({ Key }) => Key === to.key);
    const { UploadId } = open ?? (await this.#s3.send(new CreateMultipartUploadCommand(target)));
    return { ...target, UploadId };
  }

  async #copiedParts(upload: Upload): Promise<Map<number, { sizeBytes: number; etag: string | undefined }>> {
    const parts = new Map<number, { sizeBytes: number; etag: string | undefined }>();
    // S3 names a next marker on the last page too, which the SDK's paginator would follow for ever.
    for (let marker: string | undefined, more = true; more; ) {
      const page = await this.#s3.send(new ListPartsCommand({ ...upload, PartNumberMarker: marker }));
      for (const { PartNumber, Size, ETag } of page.Parts ?? [])
        if (PartNumber !== undefined) parts.set(PartNumber, { sizeBytes: Size ?? 0, etag: ETag });
      marker = page.NextPartNumberMarker;
      more = page.IsTruncated === true;
    }
    return parts;
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

/** S3 answers a HEAD without the customer's key with 400 and nothing else (Amazon S3 API Reference, HeadObject). */
function encrypted(error: unknown): unknown {
  return error instanceof S3ServiceException && error.$metadata?.httpStatusCode === 400
    ? new ObjectUnreadable('is encrypted with a key that its uploader kept (SSE-C)', { cause: error })
    : error;
}

const ARCHIVED = new Set(['InvalidObjectState', 'ObjectNotInActiveTierError']);

/** The answer to a copy alone tells what is archived: its storage class says the same once it is restored. */
function archived(error: unknown): unknown {
  return error instanceof S3ServiceException && ARCHIVED.has(error.name)
    ? new ObjectUnreadable('is archived', { cause: error })
    : error;
}

async function absentAsNull<T>(call: () => Promise<T>): Promise<T | null> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof S3ServiceException && ABSENT.has(error.name)) return null;
    throw error;
  }
}
