import { readKernelFile } from '../system/kernel-file.ts';

/** How many processes a user may have, as RLIMIT_NPROC says (setrlimit(2)): what whoever starts a bottle can give it. */

/** What Podman before 5 gives every container of root's, whether or not it may: libpod/define, RLimitDefaultValue. */
const MOST_USER_PROCESSES = 1_048_576;

/** No more than this process may have itself: raising it takes CAP_SYS_RESOURCE. On a host without /proc, all. */
export function mostUserProcesses(): number {
  return userProcessesWithin(readKernelFile('/proc/self/limits') ?? '');
}

/** Pure. `limits`: the text of /proc/PID/limits. */
export function userProcessesWithin(limits: string): number {
  const hard = /^Max processes +\S+ +(\d+)/m.exec(limits)?.[1];
  return Math.min(MOST_USER_PROCESSES, hard === undefined ? Infinity : Number(hard));
}
