import { lambdaHandler } from '../adapters/lambda-handler.ts';
import { inputSchema } from './input.ts';
import { redriveGate } from './redrive-gate.ts';

export const handler = lambdaHandler('RedriveGate', inputSchema, async (input) => redriveGate(input));
