const BETWEEN = ' | ';

/**
 * Joins texts into one line of `columns` columns. If the room is short, no text gets more than its share, plus the room
 * that shorter texts leave. Pure.
 */
export function sharedLine(texts: readonly string[], columns: number): string {
  const shares: number[] = [];
  const shortestFirst = [...texts.entries()].toSorted(([, a], [, b]) => a.length - b.length);
  let left = columns - BETWEEN.length * (texts.length - 1);
  for (const [taken, [at, { length }]] of shortestFirst.entries()) {
    shares[at] = Math.min(length, Math.max(0, Math.floor(left / (texts.length - taken))));
    left -= shares[at];
  }
  return texts.map((text, at) => text.slice(0, shares[at])).join(BETWEEN);
}
