/** A state machine as it stands in the file: what is read of it is checked where it is read. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** The top level, or what a Map or a branch of a Parallel holds. */
export interface Block {
  StartAt: string;
  States: Record<string, JsonObject>;
}

export interface PlacedState {
  name: string;
  /** As in findings: `PinInputs/PinInput`. */
  path: string;
  state: JsonObject;
  block: Block;
}

/** Every state, those inside Map and Parallel too, outer ones first. */
export function statesOf(block: Block, prefix = ''): PlacedState[] {
  return Object.entries(block.States).flatMap(([name, state]) => {
    const path = `${prefix}${name}`;
    return [
      { name, path, state, block },
      ...innerBlocks(state).flatMap((inner) => statesOf(inner, `${path}/`)),
    ];
  });
}

export function innerBlocks(state: JsonObject): Block[] {
  return [state['ItemProcessor'], ...listOf(state['Branches'])].flatMap((value) =>
    isBlock(value) ? [value] : [],
  );
}

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const listOf = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);

export const objectsOf = (value: Json | undefined): JsonObject[] => listOf(value).filter(isObject);

export const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

export const textsOf = (value: Json | undefined): string[] => listOf(value).map(textOf);

function isBlock(value: unknown): value is Block {
  return typeof value === 'object' && value !== null && 'StartAt' in value && 'States' in value;
}
