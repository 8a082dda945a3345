/**
 * Memory that tunnels read into. Each tunnel starts with a small buffer. A busy one gets larger buffers from a shared
 * budget, so that neither the number of tunnels nor their traffic makes the gateway grow without bound.
 */

const SMALL_BYTES = 16_384;
const LARGEST_BYTES = 524_288;
/** Bytes for all buffers beyond the small one of each tunnel. */
const BUDGET_BYTES = 16 * 1024 ** 2;
/** Bytes of free buffers to keep per size: enough for a burst of short tunnels. */
const MAX_FREE_BYTES = 4 * 1024 ** 2;

const free = new Map<number, Buffer[]>();
let lent = 0;

/** Returns a buffer of the smallest size. */
export function leaseSmall(): Buffer {
  return free.get(SMALL_BYTES)?.pop() ?? Buffer.allocUnsafeSlow(SMALL_BYTES);
}

/** Exchanges a buffer for a larger one. Returns the same one where there is no larger size or no budget. */
export function exchangeForLarger(buffer: Buffer): Buffer {
  const size = Math.min(buffer.length * 4, LARGEST_BYTES);
  if (size === buffer.length || lent + size > BUDGET_BYTES) return buffer;
  giveBack(buffer);
  lent += size;
  return free.get(size)?.pop() ?? Buffer.allocUnsafeSlow(size);
}

/** Returns a buffer. No code may read or write it afterwards. */
export function giveBack(buffer: Buffer): void {
  if (buffer.length > SMALL_BYTES) lent -= buffer.length;
  const same = free.get(buffer.length) ?? [];
  if (same.length * buffer.length < MAX_FREE_BYTES) same.push(buffer);
  free.set(buffer.length, same);
}
