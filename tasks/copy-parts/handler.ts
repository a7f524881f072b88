import { setTimeout as pause } from 'node:timers/promises';
import { environment } from '../adapters/environment.ts';
import { gcsPartStore } from '../adapters/gcs-part-store.ts';
import { lambdaHandler } from '../adapters/lambda-handler.ts';
import { s3ObjectStore } from '../adapters/world.ts';
import { copyParts } from './copy-parts.ts';
import { inputSchema } from './input.ts';

const FIRST_PAUSE_MS = 200;

const world = {
  objects: s3ObjectStore(),
  parts: gcsPartStore(),
  backOff: (round: number) => pause(FIRST_PAUSE_MS * 2 ** round),
  destinationBucket: environment('TIDEGATE_DESTINATION_BUCKET'),
};

export const handler = lambdaHandler('CopyParts', inputSchema, (input) => copyParts(input, world));
