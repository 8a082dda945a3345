/**
 * Limit of private writable memory: V8's heap, buffers, thread stacks. The gateway watches itself and ends at less;
 * this limit acts where that is too slow. It does not limit the address space, of which V8 reserves far more than it
 * uses.
 */
const MAX_USED_BYTES = 640 * 1024 * 1024;

/**
 * In a writable and executable mapping of at least this size, V8 will put machine code; hardly any of it is used. Some
 * pages are missing at its ends, a different number in each process: so the limit counts a multiple of this size.
 */
const RESERVE_STEP_BYTES = 64 * 1024 * 1024;

/**
 * Returns the gateway's RLIMIT_DATA, in bytes. `maps`: /proc/PID/maps of a process of the same Node. The kernel counts
 * all writable memory, used or not, and since Node 24 this includes half a GiB reserved for machine code (setrlimit(2),
 * mm/mmap.c: is_data_mapping).
 */
export function dataLimitBytes(maps: string): number {
  const reserves = [...maps.matchAll(/^([0-9a-f]+)-([0-9a-f]+) rwxp /gm)]
    .map(([, from = '0', to = '0']) => Number.parseInt(to, 16) - Number.parseInt(from, 16))
    .filter((bytes) => bytes >= RESERVE_STEP_BYTES);
  const steps = Math.ceil(reserves.reduce((sum, bytes) => sum + bytes, 0) / RESERVE_STEP_BYTES);
  return MAX_USED_BYTES + steps * RESERVE_STEP_BYTES;
}
