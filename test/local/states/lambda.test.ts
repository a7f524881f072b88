import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { lambdaAdapters } from '../../../local/states/adapters/lambda/lambda-adapters.ts';
import { machine, run, world } from './world.ts';

interface Reply {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body: string;
}

let reply: Reply;
let asked: { url: string; body: string }[];
let server: Server;
let endpoint: string;

beforeEach(async () => {
  asked = [];
  server = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    asked.push({ url: `${request.method} ${request.url}`, body });
    response.writeHead(reply.status ?? 200, { 'content-type': 'application/json', ...reply.headers });
    response.end(reply.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => new Promise((resolve) => server.close(resolve)));

const invoke = (args: object) => ({
  T: { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', Arguments: args, End: true },
});
const runTask = (states: Record<string, object>, input = {}) =>
  run(world({ adapters: lambdaAdapters(endpoint) }), machine(states), input);

describe('lambda:invoke', () => {
  test('posts the Payload to the function and gives the answer of the API', async () => {
    reply = { body: '{"n":2}', headers: { 'x-amz-executed-version': '7', 'x-amzn-requestid': 'r-1' } };
    const seen = await runTask(invoke({ FunctionName: 'f', Payload: { n: 1 } }));
    expect(asked).toEqual([{ url: 'POST /2015-03-31/functions/f/invocations', body: '{"n":1}' }]);
    expect(seen.output).toMatchObject({
      ExecutedVersion: '7',
      Payload: { n: 2 },
      StatusCode: 200,
      SdkResponseMetadata: { RequestId: 'r-1' },
      SdkHttpMetadata: { HttpStatusCode: 200 },
    });
  });

  test.each([
    ['arn:aws:lambda:us-east-1:123456789012:function:f', {}, '/2015-03-31/functions/f/invocations'],
    [
      'arn:aws:lambda:us-east-1:123456789012:function:f:live',
      {},
      '/2015-03-31/functions/f/invocations?Qualifier=live',
    ],
    ['f', { Qualifier: '3' }, '/2015-03-31/functions/f/invocations?Qualifier=3'],
    ['f:live', {}, '/2015-03-31/functions/f/invocations?Qualifier=live'],
  ])('FunctionName %s %j', async (FunctionName, more, path) => {
    reply = { body: 'null' };
    await runTask(invoke({ FunctionName, ...more }));
    expect(asked[0]?.url).toBe(`POST ${path}`);
  });

  test("a function's own error is named by its errorType, with all of its answer as the cause", async () => {
    const body = '{"errorType":"Busy","errorMessage":"try later","trace":[]}';
    reply = { body, headers: { 'x-amz-function-error': 'Unhandled' } };
    expect((await runTask(invoke({ FunctionName: 'f' }))).record).toMatchObject({
      error: 'Busy',
      cause: body,
    });
  });

  test.each([
    [429, 'TooManyRequestsException', 'Lambda.TooManyRequestsException'],
    [500, 'ServiceException', 'Lambda.ServiceException'],
    [404, 'ResourceNotFoundException:http://internal', 'Lambda.ResourceNotFoundException'],
  ])("the service's error %i is named after it", async (status, type, error) => {
    reply = { status, headers: { 'x-amzn-errortype': type }, body: '{"message":"no"}' };
    const { record } = await runTask(invoke({ FunctionName: 'f' }));
    expect(record.error).toBe(error);
    expect(record.cause).toContain(`no (Service: Lambda, Status Code: ${status}`);
  });

  test('an endpoint that is not there is Lambda.SdkClientException', async () => {
    const adapters = lambdaAdapters('http://127.0.0.1:1');
    const { record } = await run(world({ adapters }), machine(invoke({ FunctionName: 'f' })));
    expect(record.error).toBe('Lambda.SdkClientException');
  });

  test('Arguments that come to what the call does not take end the execution, unscheduled and uncaught', async () => {
    reply = { body: '1' };
    const { record, events } = await runTask(
      {
        T: {
          ...invoke({ FunctionName: '{% $states.input.name %}' }).T,
          Retry: [{ ErrorEquals: ['States.ALL'] }],
          Catch: [{ ErrorEquals: ['States.ALL'], Next: 'S' }],
        },
        S: { Type: 'Succeed' },
      },
      { name: 1 } as never,
    );
    expect(record.error).toBe('States.Runtime');
    expect(record.cause).toBe(
      `An error occurred while executing the state 'T' (entered at the event id #2). The Arguments '{"FunctionName":1}' could not be used to start the Task: [Expected value of type String, not empty at /FunctionName]`,
    );
    expect(events.map(({ type }) => type)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'ExecutionFailed',
    ]);
    expect(asked).toEqual([]);
  });

  test('a Payload of null is sent, an absent one is an empty object', async () => {
    reply = { body: '1' };
    await runTask(invoke({ FunctionName: 'f', Payload: null }));
    await runTask(invoke({ FunctionName: 'f' }));
    expect(asked.map(({ body }) => body)).toEqual(['null', '{}']);
  });
});

describe("a function's ARN as Resource", () => {
  const resource = 'arn:aws:lambda:us-east-1:123456789012:function:f';

  test('sends the Arguments as the event, and the answer is the result', async () => {
    reply = { body: '{"n":2}' };
    const seen = await runTask({ T: { Type: 'Task', Resource: resource, Arguments: { n: 1 }, End: true } });
    expect(asked[0]?.body).toBe('{"n":1}');
    expect(seen.output).toEqual({ n: 2 });
  });

  test('fails as a LambdaFunctionFailed event', async () => {
    reply = { body: '{"errorType":"E"}', headers: { 'x-amz-function-error': 'Unhandled' } };
    const seen = await runTask({ T: { Type: 'Task', Resource: resource, End: true } });
    expect(seen.events.map(({ type, details }) => [type, details?.['error']]).slice(-2)).toEqual([
      ['LambdaFunctionFailed', 'E'],
      ['ExecutionFailed', 'E'],
    ]);
  });
});
