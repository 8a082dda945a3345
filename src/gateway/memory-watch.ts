import { getHeapStatistics, type HeapInfo } from 'node:v8';

/**
 * The gateway's own look at its memory: objects, and buffers outside of V8's heap, which no flag of V8's limits. What an agent can
 * make it keep is bounded everywhere; where that were not so, the gateway ends, and with it every way out of its bottle.
 */

/**
 * V8's heap has 256 MiB at most (host/system/gateway-node.ts), content that is held some 96 (screen/room.ts). Less than what the kernel holds
 * it to (512 in a container, else launch/data-limit.ts), so that it ends with a reason.
 */
const MAX_BYTES = 384 * 1024 * 1024;
/** A look costs next to nothing; what grows faster than that is for the kernel's limit. */
const EVERY_MS = 250;

type Used = Pick<HeapInfo, 'total_heap_size' | 'external_memory' | 'malloced_memory'>;

/** Why this is too much, with `otherBytes` that other threads use; undefined: it is not. Pure. */
export function tooMuch(used: Used, otherBytes = 0): string | undefined {
  const bytes = used.total_heap_size + used.external_memory + used.malloced_memory + otherBytes;
  if (bytes <= MAX_BYTES) return undefined;
  const [has, may] = [bytes, MAX_BYTES].map((size) => Math.round(size / 1024 ** 2));
  return `the gateway uses ${has} MiB of memory, and ends at ${may}`;
}

/** Looks now and then; calls once. By itself it keeps no process alive. `otherBytes`: what other threads use. */
export function watchMemory(over: (reason: string) => void, otherBytes: () => number): void {
  const timer = setInterval(() => {
    const reason = tooMuch(getHeapStatistics(), otherBytes());
    if (reason === undefined) return;
    clearInterval(timer);
    over(reason);
  }, EVERY_MS).unref();
}
