import { setTimeout as pause } from 'node:timers/promises';
import type { BackOff } from '../ports.ts';

const FIRST_MS = 20;
const MAX_DOUBLINGS = 5;

/** Exponential with full jitter: writers that met once do not meet again at the same time. */
export const randomBackOff: BackOff = async (conflicts) => {
  await pause(Math.random() * FIRST_MS * 2 ** Math.min(conflicts, MAX_DOUBLINGS));
};
