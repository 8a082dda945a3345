/** The graph of `extends`: which bottle inherits from which. */

export type ParentsOf = ReadonlyMap<string, readonly string[]>;

/**
 * Returns the bottles in an order in which each follows all its parents. Omits bottles in a cycle and bottles that
 * extend an omitted one.
 */
export function parentsFirst(parentsOf: ParentsOf): string[] {
  const waiting = new Map(parentsOf);
  const order: string[] = [];
  for (let before = -1; before !== order.length;) {
    before = order.length;
    for (const [name, parents] of waiting) {
      if (parents.some((parent) => waiting.has(parent))) continue;
      waiting.delete(name);
      order.push(name);
    }
  }
  return order;
}

/** Returns the cycles, each as a path from a bottle to itself: `a b a`. Every bottle is in at most one of them. */
export function findCycles(parentsOf: ParentsOf): string[][] {
  const left = new Map(parentsOf);
  for (const name of parentsFirst(parentsOf)) left.delete(name);
  const cycles: string[][] = [];
  while (left.size > 0) {
    const [start] = left.keys();
    const trail = walkUp(left, start ?? '');
    const end = trail.at(-1) ?? '';
    const round = trail.slice(trail.indexOf(end));
    if (round.length > 1) cycles.push(round);
    for (const name of trail) left.delete(name);
  }
  return cycles;
}

/** Follows parents until one repeats or none is left. */
function walkUp(left: ParentsOf, start: string): string[] {
  const trail = [start];
  const seen = new Set(trail);
  for (;;) {
    const next = left.get(trail.at(-1) ?? '')?.find((parent) => left.has(parent));
    if (next === undefined) return trail;
    trail.push(next);
    if (seen.has(next)) return trail;
    seen.add(next);
  }
}
