import { readKernelFile } from '../system/kernel-file.ts';

/** Limit of open files for a process in a bottle: far more than a program needs, at most the limit of this process. */

export const MOST_OPEN_FILES = 65_536;

/**
 * The limit that this process can give a bottle: it cannot always give more than its own limit (setrlimit(2),
 * CAP_SYS_RESOURCE). On a host without /proc, the maximum.
 */
export function mostOpenFiles(): number {
  return openFilesWithin(readKernelFile('/proc/self/limits') ?? '');
}

/** Pure. `limits`: the text of /proc/PID/limits. */
export function openFilesWithin(limits: string): number {
  const hard = /^Max open files +\S+ +(\d+)/m.exec(limits)?.[1];
  return Math.min(MOST_OPEN_FILES, hard === undefined ? Infinity : Number(hard));
}
