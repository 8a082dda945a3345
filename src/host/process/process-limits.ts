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

/** The maximum number of a user's processes (RLIMIT_NPROC, setrlimit(2)) that this process can give a bottle. */

/** The limit that Podman before 5 sets in root's containers, allowed or not: libpod/define, RLimitDefaultValue. */
const MOST_USER_PROCESSES = 1_048_576;

/** At most this process's own limit: raising it requires CAP_SYS_RESOURCE. On a host without /proc, the maximum. */
export function mostUserProcesses(): number {
  return userProcessesWithin(readKernelFile('/proc/self/limits') ?? '');
}

/** Pure. `limits`: the text of /proc/PID/limits. */
export function userProcessesWithin(limits: string): number {
  const hard = /^Max processes +\S+ +(\d+)/m.exec(limits)?.[1];
  return Math.min(MOST_USER_PROCESSES, hard === undefined ? Infinity : Number(hard));
}
