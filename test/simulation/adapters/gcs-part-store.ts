import type { PartStore } from '../../../tasks/core/google-ports.ts';
import { port } from './ports.ts';

export const gcsPartStore = (): PartStore => port('parts');
