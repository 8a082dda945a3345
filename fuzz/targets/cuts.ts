/**
 * The first input bytes define how the rest is cut into pieces: the result of a target's streams must not depend on the
 * pieces.
 */

/** The first byte sets the number of pieces, the next ones set where they end. */
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
