/**
 * The open streams of a connection: few, and found by looking. An array in which each knows its place, and not a table, which
 * would keep what is over in memory (docs/adr/0024).
 */

export interface Placed {
  readonly id: number;
  place: number;
}

/** As the last. */
export function enterInto<One extends Placed>(all: One[], one: One): void {
  one.place = all.length;
  all.push(one);
}

/** The last one takes its place. Once is enough. */
export function leaveFrom<One extends Placed>(all: One[], one: One): void {
  const { place } = one;
  const last = all.at(-1);
  if (place === -1 || last === undefined) return;
  all[place] = last;
  last.place = place;
  all.length -= 1;
  one.place = -1;
}

/** The youngest are asked for most. */
export function findIn<One extends Placed>(all: readonly One[], id: number): One | undefined {
  for (let at = all.length - 1; at >= 0; at -= 1) if (all[at]?.id === id) return all[at];
  return undefined;
}
