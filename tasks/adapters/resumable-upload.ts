import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type Readable, Transform } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';

const IDLE_LIMIT_MS = 60_000;

/** How Cloud Storage answers an upload that is to go on. */
const INCOMPLETE = 308;

export interface UploadAnswer {
  status: number;
  /** Bytes that have arrived, of an upload that is to go on. */
  arrived: number;
  body: string;
}

/**
 * Requests of a resumable upload (Google Cloud: Cloud Storage, "Resumable uploads"). By Node's own client: the
 * official one takes twice the processor time for a stream, and goes on by itself with one that was given up. The
 * session's URI is all the authority that is needed.
 */
export const resumableUpload = {
  /** How far the upload is. */
  progress: (session: string, sizeBytes: number): Promise<UploadAnswer> =>
    put(session, { 'content-length': 0, 'content-range': `bytes */${sizeBytes}` }, null),

  /** Sends the bytes of a content of this size from `arrived` on; it is read from its beginning. */
  send: (session: string, arrived: number, sizeBytes: number, content: Readable): Promise<UploadAnswer> =>
    put(
      session,
      {
        'content-length': sizeBytes - arrived,
        'content-range': `bytes ${arrived}-${sizeBytes - 1}/${sizeBytes}`,
      },
      content,
      arrived,
    ),
};

async function put(
  session: string,
  headers: Record<string, string | number>,
  content: Readable | null,
  leftOut = 0,
): Promise<UploadAnswer> {
  const url = new URL(session);
  const upload = (url.protocol === 'http:' ? httpRequest : httpsRequest)(url, { method: 'PUT', headers });
  upload.setTimeout(IDLE_LIMIT_MS, () =>
    upload.destroy(new Error(`no byte went or came for ${IDLE_LIMIT_MS / 1000} s`)),
  );
  const answered = once(upload, 'response') as Promise<[IncomingMessage]>;
  const sent = content
    ? pipeline([content, ...(leftOut > 0 ? [leaveOut(leftOut)] : []), upload])
    : Promise.resolve(upload.end());
  // What broke the content is the reason, not that the request ended with it.
  const broken = sent.then(
    () => null,
    (error: Error) => error,
  );
  const [answer] = await answered.catch(async (error: unknown) => Promise.reject((await broken) ?? error));
  // It may have come before all was sent.
  if (!upload.writableEnded) content?.destroy();
  const body = await text(answer);
  const [, last] = /bytes=0-(\d+)/.exec(answer.headers.range ?? '') ?? [];
  return {
    status: answer.statusCode ?? 0,
    arrived: answer.statusCode === INCOMPLETE && last !== undefined ? Number(last) + 1 : 0,
    body,
  };
}

/** Passes on what comes after so many bytes. */
function leaveOut(bytes: number): Transform {
  let left = bytes;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const rest = chunk.subarray(Math.min(left, chunk.length));
      left -= chunk.length - rest.length;
      done(null, rest.length > 0 ? rest : undefined);
    },
  });
}
