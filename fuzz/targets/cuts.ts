/** Input bytes that say how the rest is cut up: what a target gives its streams must not depend on it. */

/** The first byte says into how many pieces, the next ones where they end. */
export function readCuts(input: Buffer): { readonly pieces: readonly Buffer[]; readonly whole: Buffer } {
  const count = Math.min((input[0] ?? 0) % 8, Math.max(0, input.length - 1));
  const whole = input.subarray(1 + count);
  const ends = [...input.subarray(1, 1 + count)]
    .map((at) => Math.floor((at * whole.length) / 255))
    .sort((a, b) => a - b);
  const pieces = [...ends, whole.length].map((end, index) =>
    whole.subarray(index === 0 ? 0 : ends[index - 1], end),
  );
  return { pieces, whole };
}
