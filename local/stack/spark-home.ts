import { globSync } from 'node:fs';
import { join } from 'node:path';
import { places } from './places.ts';

/** The folder of the virtual environment's pyspark, which is a whole Spark. */
export function sparkHome(): string {
  const [found] = globSync(join(places.virtualEnvironment, 'lib', 'python3*', 'site-packages', 'pyspark'));
  if (!found) throw new Error(`There is no pyspark in ${places.virtualEnvironment}; run \`make install\`.`);
  return found;
}
