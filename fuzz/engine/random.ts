/** Returns an integer from 0 to below `limit`. */
export type Random = (limit: number) => number;

/** Returns the same numbers for the same seed (Marsaglia's xorshift, 32 bits), so that a run can be repeated. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0 || 1;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % Math.max(1, limit);
  };
}
