import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';

/** Hands a request on to another server and its answer back, as they are. */
export function forward(request: IncomingMessage, response: ServerResponse, endpoint: string): Promise<void> {
  return new Promise((resolve) => {
    const onward = httpRequest(
      new URL(request.url ?? '/', endpoint),
      { method: request.method, headers: request.headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response).on('finish', resolve);
      },
    );
    onward.on('error', (error) => {
      if (!response.headersSent) response.writeHead(502, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify({ __type: 'ServiceUnavailableException', message: error.message }));
      resolve();
    });
    request.pipe(onward);
  });
}
