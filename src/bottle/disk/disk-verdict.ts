import type { DiskRoom, DiskUse } from '../../host/disk/disk-use.ts';

/** Decides whether a bottle has written more to the host's disk than it may. Pure. */

/** Disk use and free space before the agent ran. */
export type DiskStart = DiskUse & DiskRoom;

/** Disk use of a bottle. */
export interface BottleUse extends DiskUse {
  /** The bytes among them of deleted files that the bottle's processes still have open. */
  readonly deletedBytes?: number;
}

export interface DiskLook {
  /** From the last measurement of the tree. */
  readonly use: BottleUse;
  /** Current free space. */
  readonly room: DiskRoom;
}

export interface DiskBounds {
  readonly bytes: number;
  readonly files: number;
}

/** What the agent may add to the disk use at the start. */
export interface DiskAllowance {
  readonly start: DiskStart;
  readonly bounds: DiskBounds;
}

/**
 * Free space to keep on a disk that an agent writes to: gateways need it for logs, without which nothing leaves a
 * bottle.
 */
const FLOOR_BYTES = 64 * 1024 * 1024;
/** A bottle that has written less is not the cause of a nearly full disk. */
const SMALL_BYTES = 16 * 1024 * 1024;

/**
 * The bytes and files that the agent has added; if a measurement is incomplete, all space that the disk has lost since.
 */
export function growthOf(
  start: DiskStart,
  { use, room }: DiskLook,
): { readonly bytes: number; readonly files: number } {
  const isMeasured = start.isComplete && use.isComplete;
  const lostBytes = start.freeBytes - room.freeBytes;
  const lostFiles = (start.freeFiles ?? 0) - (room.freeFiles ?? 0);
  const files = start.files === undefined || use.files === undefined ? undefined : use.files - start.files;
  return {
    bytes: isMeasured ? use.bytes - start.bytes : Math.max(use.bytes - start.bytes, lostBytes),
    files: isMeasured ? (files ?? lostFiles) : Math.max(files ?? 0, lostFiles),
  };
}

/** The reason to end the agent; undefined while it is within its bounds. */
export function overDisk({ start, bounds }: DiskAllowance, look: DiskLook): string | undefined {
  const growth = growthOf(start, look);
  if (growth.bytes > bounds.bytes)
    return `its workspace has grown by ${mebibytes(growth.bytes)}${hiddenPart(look.use)}, and resources.disk allows ${mebibytes(bounds.bytes)}`;
  if (growth.files > bounds.files)
    return `its workspace has ${growth.files} more files than it began with, and resources.disk allows ${bounds.files}`;
  const { freeBytes } = look.room;
  if (freeBytes >= FLOOR_BYTES) return undefined;
  const lostBytes = start.freeBytes - freeBytes;
  // Deleted files that are still open are in no tree, and some processes that hold them cannot be inspected.
  const mayBeHidden = lostBytes > Math.min(bounds.bytes, (start.freeBytes - FLOOR_BYTES) / 2);
  if (growth.bytes <= SMALL_BYTES && !(start.freeBytes > FLOOR_BYTES && mayBeHidden)) return undefined;
  return `the disk of its workspace has only ${mebibytes(freeBytes)} left, and this host keeps ${mebibytes(FLOOR_BYTES)} free`;
}

const hiddenPart = ({ deletedBytes = 0 }: BottleUse): string =>
  deletedBytes === 0 ? '' : `, with ${mebibytes(deletedBytes)} of deleted files that are still open`;

const mebibytes = (bytes: number): string => `${Math.floor(Math.max(0, bytes) / 1024 ** 2)} MiB`;

/** Smallest drop of free space, in bytes, that justifies a measurement, however little is left. */
const LEAST_DROP_BYTES = 1024 * 1024;
const LEAST_DROP_FILES = 1000;
const MOST_DROP_BYTES = 256 * 1024 * 1024;

/** A measurement of the tree: its result, the disk's free space then, its age and its duration. */
export interface Measured {
  readonly use: DiskUse;
  readonly room: DiskRoom;
  readonly agoMs: number;
  readonly tookMs: number;
}

/** Measuring a large tree costs time: it takes at most a sixth of one processor, and normally a twentieth. */
const SOON = 5;
const SELDOM = 20;
const SELDOM_MS = 30_000;

/** Whether the tree should be measured again, judged by the space that its disk has lost since the last measurement. */
export function isMeasureDue({ start, bounds }: DiskAllowance, measured: Measured, room: DiskRoom): boolean {
  const growth = growthOf(start, measured);
  const leftBytes = bounds.bytes - growth.bytes;
  const leftFiles = bounds.files - growth.files;
  const droppedBytes = measured.room.freeBytes - room.freeBytes;
  const droppedFiles = (measured.room.freeFiles ?? 0) - (room.freeFiles ?? 0);
  if (droppedBytes > leftBytes || droppedFiles > leftFiles) return true;
  const isWorth =
    droppedBytes > Math.min(Math.max(leftBytes / 4, LEAST_DROP_BYTES), MOST_DROP_BYTES) ||
    droppedFiles > Math.max(leftFiles / 4, LEAST_DROP_FILES) ||
    (room.freeBytes < FLOOR_BYTES && droppedBytes > 0);
  if (isWorth && measured.agoMs > SOON * measured.tookMs) return true;
  // Space that others free in the meantime hides what this bottle takes.
  return measured.agoMs > Math.max(SELDOM_MS, SELDOM * measured.tookMs);
}
