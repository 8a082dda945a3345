/**
 * Memory that tunnels read into. Each begins small; one that is busy gets larger ones, from a budget that all share,
 * so that neither many tunnels nor many bytes make the gateway grow without end.
 */

const SMALL_BYTES = 16_384;
const LARGEST_BYTES = 524_288;
/** For everything above the first, small buffer of a tunnel. */
const BUDGET_BYTES = 16 * 1024 ** 2;
/** Of each size, kept for the next: enough for a burst of short tunnels. */
const MAX_FREE_BYTES = 4 * 1024 ** 2;

const free = new Map<number, Buffer[]>();
let lent = 0;

/** A buffer of the smallest size. */
export function leaseSmall(): Buffer {
  return free.get(SMALL_BYTES)?.pop() ?? Buffer.allocUnsafeSlow(SMALL_BYTES);
}

/** A larger buffer than this one, in exchange for it; the same one where there is none, or no budget. */
export function exchangeForLarger(buffer: Buffer): Buffer {
  const size = Math.min(buffer.length * 4, LARGEST_BYTES);
  if (size === buffer.length || lent + size > BUDGET_BYTES) return buffer;
  giveBack(buffer);
  lent += size;
  return free.get(size)?.pop() ?? Buffer.allocUnsafeSlow(size);
}

/** Nothing may read from or write to it any more. */
export function giveBack(buffer: Buffer): void {
  if (buffer.length > SMALL_BYTES) lent -= buffer.length;
  const same = free.get(buffer.length) ?? [];
  if (same.length * buffer.length < MAX_FREE_BYTES) same.push(buffer);
  free.set(buffer.length, same);
}
