/** How many of what there are, for people: "1 row", "2 rows". */
export const counted = (count: number, what: string, told = String(count)): string =>
  `${told} ${what}${count === 1 ? '' : 's'}`;
