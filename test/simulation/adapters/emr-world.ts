import type { Clusters } from '../../../tasks/core/ports.ts';
import { port } from './ports.ts';

export const emrClusters = (): Clusters => port('clusters');
