import type { Warehouse } from '../../../tasks/core/google-ports.ts';
import { port } from './ports.ts';

export const bigQueryWarehouse = (): Warehouse => port('warehouse');
