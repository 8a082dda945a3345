/**
 * Returns the entry with this ID. Searches linearly, newest first: few streams are open, and most lookups are for the
 * newest.
 */
export function findById<One extends { readonly id: number }>(
  all: readonly One[],
  id: number,
): One | undefined {
  for (let at = all.length - 1; at >= 0; at -= 1) if (all[at]?.id === id) return all[at];
  return undefined;
}
