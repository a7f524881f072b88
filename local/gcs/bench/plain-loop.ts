import { once } from 'node:events';
import { get, request } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { measure } from './measure.ts';
import { PARALLEL, PARTS, partKey } from './parts.ts';

const [url = ''] = process.argv.slice(2);
await measure(plainLoop);

/** From one server to the other with nothing between: no checksum, no session, no retry. */
async function plainLoop(): Promise<void> {
  const waiting = Array.from({ length: PARTS }, (_, index) => partKey(index));
  const next = async (): Promise<void> => {
    for (let key = waiting.shift(); key; key = waiting.shift()) {
      const [content] = await once(get(`${url}/destination/${key}`), 'response');
      const upload = request(`${url}/plain/${key}`, {
        method: 'PUT',
        headers: { 'content-length': content.headers['content-length'] },
      });
      const answered = once(upload, 'response');
      await pipeline(content, upload);
      const [answer] = await answered;
      answer.resume();
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, next));
}
