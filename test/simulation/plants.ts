/** A bug that somebody could write: one place of the real code, changed. */
export interface Plant {
  name: string;
  file: string;
  from: string;
  to: string;
}

/** Every one of them has to be found, or the simulation is blind there. */
export const plants: readonly Plant[] = [];

export function findPlant(name: string): Plant {
  const found = plants.find((plant) => plant.name === name);
  if (found) return found;
  throw new Error(`No planted bug "${name}": there are ${plants.map((plant) => plant.name).join(', ')}.`);
}
