import { MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context } from 'aws-lambda';
import type * as z from 'zod';
import { asTransient } from '../core/failures/as-transient.ts';
import { parseInput } from '../core/parse-input.ts';
import { logger, metrics } from './observability.ts';

/**
 * The edge of a task: parses its input, counts its calls and failures, and logs both with the run they belong to. What
 * passes by itself is thrown under the name that the state machine retries.
 */
export function lambdaHandler<S extends z.ZodType, Answer>(
  task: string,
  schema: S,
  act: (input: z.output<S>, context: Context) => Promise<Answer>,
): (event: unknown, context: Context) => Promise<Answer> {
  return async (event, context) => {
    logger.addContext(context);
    logger.resetKeys();
    logger.appendKeys({ task, ...runOf(event) });
    metrics.addDimension('task', task);
    try {
      const answer = await act(parseInput(schema, event, `The input of ${task}`), context);
      logger.info('done', { answer: answer as Record<string, unknown> });
      metrics.addMetric('Succeeded', MetricUnit.Count, 1);
      return answer;
    } catch (error) {
      logger.error('failed', error as Error);
      metrics.addMetric('Failed', MetricUnit.Count, 1);
      throw asTransient(error);
    } finally {
      metrics.publishStoredMetrics();
    }
  };
}

function runOf(event: unknown): { dataset?: unknown; runId?: unknown; attempt?: unknown } {
  if (typeof event !== 'object' || event === null) return {};
  const { dataset, runId, attempt } = event as Record<string, unknown>;
  return { ...(dataset ? { dataset } : {}), ...(runId ? { runId } : {}), ...(attempt ? { attempt } : {}) };
}
