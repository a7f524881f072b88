import * as z from 'zod';

/** Nothing is encrypted here, so descriptions leave nothing out. */
export const includedData = z
  .literal('ALL_DATA', 'expected ALL_DATA: descriptions are not cut here')
  .optional();
