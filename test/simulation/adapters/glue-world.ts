import type { JobRuns } from '../../../tasks/core/ports.ts';
import { port } from './ports.ts';

export const glueJobRuns = (): JobRuns => port('jobRuns');
