/**
 * Chooses enough of the allowed CPUs for `wanted`. The first CPU depends on the bottle's id, so that not all bottles
 * share the same ones. Pure.
 */
export function chooseCpus(allowed: readonly number[], wanted: number, id: string): readonly number[] {
  if (wanted >= allowed.length) return allowed;
  const first = Buffer.from(id).reduce((sum, byte) => sum + byte, 0) % allowed.length;
  return [...allowed.slice(first), ...allowed.slice(0, first)].slice(0, Math.max(1, Math.ceil(wanted)));
}
