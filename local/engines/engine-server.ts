import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerAwsJson, type Operation, targetOf } from '../http/aws-json.ts';
import { forward } from './forward.ts';

export interface EngineOperations {
  emr: Readonly<Record<string, Operation>>;
  glue: Readonly<Record<string, Operation>>;
  /** Answers what of Glue is not served here: its Data Catalog. */
  awsEndpoint: string;
}

/** Answers a request to EMR or Glue; false when it is addressed to neither. */
export function answerEngines(
  request: IncomingMessage,
  response: ServerResponse,
  { emr, glue, awsEndpoint }: EngineOperations,
): Promise<void> | false {
  const [service, name = ''] = targetOf(request).split('.');
  if (service === 'ElasticMapReduce') return answerAwsJson(request, response, emr);
  if (service !== 'AWSGlue') return false;
  return name in glue ? answerAwsJson(request, response, glue) : forward(request, response, awsEndpoint);
}
