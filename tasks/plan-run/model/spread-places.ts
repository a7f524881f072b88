/** Steps of it (modulo 1) fall into no rhythm. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/**
 * So many places of a list at most: all, or one of each stretch of it, here early and there late in it. Every second of a list
 * in which small and large alternate would be all of one kind.
 */
export const spreadPlaces = (length: number, most: number): number[] =>
  Array.from({ length: Math.min(length, most) }, (_, at) =>
    length <= most ? at : Math.floor(((at + ((at * GOLDEN) % 1)) * length) / most),
  );
