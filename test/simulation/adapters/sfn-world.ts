import type { Executions } from '../../../tasks/core/ports.ts';
import { port } from './ports.ts';

export const sfnExecutions = (): Executions => port('executions');
