import type { ObjectStore, StateTable } from '../../../tasks/core/ports.ts';
import { port } from './ports.ts';

export const s3ObjectStore = (): ObjectStore => port('objects');
export const dynamoStateTable = (): StateTable => port('table');
