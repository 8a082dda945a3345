/** The open one of this id: few are open, they are found by looking, and the youngest are asked for most. */
export function findIn<One extends { readonly id: number }>(
  all: readonly One[],
  id: number,
): One | undefined {
  for (let at = all.length - 1; at >= 0; at -= 1) if (all[at]?.id === id) return all[at];
  return undefined;
}
