import { readKernelFile } from '../system/kernel-file.ts';

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
