/**
 * Upper bound in bytes for an agent's added work, and for what comes out. A sparse file takes no space before its first
 * use, but counts in a tar.
 */
export const WORK_BYTES = 16 * 1024 ** 3;

/** Bytes for the work disk where the bottle has no writable mount. */
export const NO_WORK_BYTES = 64 * 1024 ** 2;

/** Returns how many bytes an agent may add to its initial files: `resources.disk`, within the bounds above. Pure. */
export const agentRoomBytes = (diskBytes: number): number =>
  Math.min(WORK_BYTES, Math.max(diskBytes, NO_WORK_BYTES));

/** Rounds up to one of few sizes, because a saved machine fits only disks of the same size. Pure. */
export const fewSizes = (bytes: number, stepBytes: number): number =>
  Math.ceil(bytes / stepBytes) * stepBytes;

/** Returns the size in bytes of the work disk with this room. Pure. */
export const workDiskBytes = (roomBytes: number): number => fewSizes(roomBytes, 1024 ** 3);
