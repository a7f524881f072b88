import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';

/** Structured logs and CloudWatch metrics (embedded metric format) under one service name. */
export const logger = new Logger({ serviceName: 'tidegate' });
export const metrics = new Metrics({ namespace: 'Tidegate', serviceName: 'tidegate' });
