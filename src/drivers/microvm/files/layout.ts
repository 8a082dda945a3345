import { join } from 'node:path';

/** Paths, names and sizes of a machine's files on the host. Pure. */

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

/**
 * Each time that a machine gives its files is a separate turn, and the turn names its tars. So a tar of an earlier
 * request is never taken for the present state.
 */

/** The turn at the agent's end. No request names it (assets/microvm/attendant.pl). */
export const END = 'end';

/** `END`, or for a request while the agent runs: 16 hexadecimal digits. */
export type Turn = string;

/** Returns the file name of a mounted place's tar. `number`: the place's index in the mounts. */
export const tarName = (turn: Turn, number: number): string => `${turn}-${number}.tar`;

/** Returns whether the name is a tar that was requested while the agent ran, complete or partial. */
export const isAskedFor = (name: string): boolean => /^[0-9a-f]{16}-\d+\.tar(?:\.part)?$/.test(name);

/** Returns whether the sandbox itself makes a file of this name: the tars at the end, and the VMM's API socket. */
export const isOfSandbox = (name: string): boolean => /^(?:end-\d+\.tar(?:\.part)?|api\.sock)$/.test(name);

/** Returns the paths of a machine's own files on the host, below its bottle's `runDir`. */
export const machinePaths = (runDir: string) => {
  const dir = join(runDir, 'machine');
  return {
    dir,
    keysDir: join(dir, 'keys'),
    ownPath: join(dir, 'own'),
    filesPath: join(dir, 'files'),
    scratchPath: join(dir, 'scratch'),
    workPath: join(dir, 'work'),
    outDir: join(dir, 'out'),
  };
};
