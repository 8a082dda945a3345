/**
 * The most room for an agent's work besides what it begins with, and the most that comes out: a file with holes takes none
 * before it is used, but counts in a tar.
 */
export const WORK_BYTES = 16 * 1024 ** 3;

/** The same where nothing is mounted that may be written to. */
export const NO_WORK_BYTES = 64 * 1024 ** 2;

/** How much an agent may add to what it begins with: as much as `resources.disk` says, where there is so much. Pure. */
export const agentRoomBytes = (diskBytes: number): number =>
  Math.min(WORK_BYTES, Math.max(diskBytes, NO_WORK_BYTES));

/** The next size of which there are few: a machine that was saved knows its disks by their sizes. Pure. */
export const fewSizes = (bytes: number, stepBytes: number): number =>
  Math.ceil(bytes / stepBytes) * stepBytes;

/** How long the disk of the work is, with so much room on it. Pure. */
export const workDiskBytes = (roomBytes: number): number => fewSizes(roomBytes, 1024 ** 3);
