import { isJsonObject, type Json, type JsonObject } from '../../json.ts';
import type { ArgumentProblem, TaskAdapter } from '../adapter.ts';
import { type Invocation, invokeFunction } from './invoke-function.ts';

const members = ['FunctionName', 'Payload', 'Qualifier', 'InvocationType'];

const functionArn = /^arn:aws:lambda:[a-z0-9-]+:\d{12}:function:[\w-]{1,64}(:([\w-]{1,128}|[$]LATEST))?$/;

/** lambda:invoke, and any function's ARN as Resource, at a Lambda-compatible endpoint (its base URL). */
export function lambdaAdapters(endpoint: string): TaskAdapter[] {
  return [invokeAdapter(endpoint), functionAdapter(endpoint)];
}

/** The optimised integration: its result is the API's answer with the Payload as JSON (connect-lambda). */
function invokeAdapter(endpoint: string): TaskAdapter {
  return {
    resource: 'arn:aws:states:::lambda:invoke',
    validateArguments,
    async submit(args, { signal }) {
      const given = args as JsonObject;
      const name = String(given['FunctionName']);
      const qualifier = given['Qualifier'];
      const invocation = await invokeFunction(endpoint, {
        ...splitName(name),
        ...(typeof qualifier === 'string' ? { qualifier } : {}),
        payload: 'Payload' in given ? (given['Payload'] ?? null) : {},
        signal,
      });
      return { output: apiAnswer(invocation) };
    },
  };
}

/** The function itself as Resource: Arguments are its event, and its answer is the result. */
function functionAdapter(endpoint: string): TaskAdapter {
  return {
    resource: 'arn:aws:lambda:*',
    form: functionArn,
    async submit(args, { resource, signal }) {
      const { payload } = await invokeFunction(endpoint, { ...splitName(resource), payload: args, signal });
      return { output: payload };
    },
  };
}

function validateArguments(template: Json | undefined): ArgumentProblem[] {
  if (typeof template === 'string' && template.startsWith('{%')) return [];
  if (!isJsonObject(template))
    return [{ path: '', message: 'Expected an object with FunctionName and Payload' }];
  const problems: ArgumentProblem[] = [];
  if (!('FunctionName' in template))
    problems.push({ path: '', message: 'These fields are required: [FunctionName]' });
  for (const name of ['FunctionName', 'Qualifier']) {
    const value = template[name];
    if (value !== undefined && (typeof value !== 'string' || value === ''))
      problems.push({ path: `/${name}`, message: 'Expected value of type String, not empty' });
  }
  for (const name of Object.keys(template))
    if (!members.includes(name))
      problems.push({
        path: `/${name}`,
        message: `The field '${name}' is not supported by lambda:invoke here; expected one of ${members.join(', ')}`,
      });
  const kind = template['InvocationType'];
  if (kind !== undefined && kind !== 'RequestResponse')
    problems.push({
      path: '/InvocationType',
      message: `Expected "RequestResponse", the only one that runs here, got ${JSON.stringify(kind)}`,
    });
  return problems;
}

/** A function's ARN holds its name and perhaps a qualifier; a bare name may hold one too. */
function splitName(name: string): { functionName: string; qualifier?: string } {
  const parts = name.startsWith('arn:') ? name.split(':').slice(6) : name.split(':');
  const [functionName = name, qualifier] = parts;
  return qualifier === undefined ? { functionName } : { functionName, qualifier };
}

function apiAnswer(invocation: Invocation): JsonObject {
  const { headers } = invocation;
  return {
    ExecutedVersion: invocation.executedVersion,
    Payload: invocation.payload,
    SdkHttpMetadata: {
      AllHttpHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
      HttpHeaders: { ...headers },
      HttpStatusCode: invocation.statusCode,
    },
    SdkResponseMetadata: { RequestId: headers['x-amzn-requestid'] ?? '' },
    StatusCode: invocation.statusCode,
  };
}
