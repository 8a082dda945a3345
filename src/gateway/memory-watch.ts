import { getHeapStatistics, type HeapInfo } from 'node:v8';

/**
 * Watches the gateway's own memory: objects, and buffers outside of V8's heap, which no flag of V8 limits. Everything
 * that an agent can make the gateway keep is bounded; if a bound is missing, the gateway ends, and with it every way
 * out of its bottle.
 */

/**
 * V8's heap has 256 MiB at most (host/system/gateway-node.ts), held content some 96 MiB (screen/room.ts). Less than the
 * kernel's limit (512 MiB in a container, else launch/data-limit.ts), so that the gateway ends with a reason.
 */
const MAX_BYTES = 384 * 1024 * 1024;
/** Interval of the checks, in milliseconds. A check costs next to nothing; faster growth is for the kernel's limit. */
const EVERY_MS = 250;

type Used = Pick<HeapInfo, 'total_heap_size' | 'external_memory' | 'malloced_memory'>;

/**
 * Returns the reason why this is too much memory, together with the `otherBytes` of other threads; undefined if it is
 * not. Pure.
 */
export function tooMuch(used: Used, otherBytes = 0): string | undefined {
  const bytes = used.total_heap_size + used.external_memory + used.malloced_memory + otherBytes;
  if (bytes <= MAX_BYTES) return undefined;
  const [has, may] = [bytes, MAX_BYTES].map((size) => Math.round(size / 1024 ** 2));
  return `the gateway uses ${has} MiB of memory, and ends at ${may}`;
}

/**
 * Checks the memory regularly; calls `over` at most once. Does not keep the process alive. `otherBytes`: returns the
 * bytes that other threads use.
 */
export function watchMemory(over: (reason: string) => void, otherBytes: () => number): void {
  const timer = setInterval(() => {
    const reason = tooMuch(getHeapStatistics(), otherBytes());
    if (reason === undefined) return;
    clearInterval(timer);
    over(reason);
  }, EVERY_MS).unref();
}
