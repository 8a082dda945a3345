import { readKernelFile } from '../system/kernel-file.ts';

/** Where the files of a process's control group are: cgroups(7), of both versions. */

export interface ControlGroup {
  /** As the kernel says it, from the root of its hierarchy. */
  readonly path: string;
  /** Version 2: one hierarchy for all controllers. */
  readonly isUnified: boolean;
  readonly hostPath: string;
}

/** That of this controller, e.g. `memory`; undefined where the process has ended, or the kernel has no such group. */
export const controlGroupOf = (pid: number | string, controller: string): ControlGroup | undefined =>
  findControlGroup(readKernelFile(`/proc/${pid}/cgroup`) ?? '', controller);

/** The same in the text of /proc/PID/cgroup. Pure. */
export function findControlGroup(text: string, controller: string): ControlGroup | undefined {
  const lines = text.split('\n').map((line) => /^\d+:([^:]*):(.*)$/.exec(line));
  const own = lines.find((line) => line?.[1]?.split(',').includes(controller));
  const unified = lines.find((line) => line?.[1] === '');
  const path = (own ?? unified)?.[2];
  if (path === undefined) return undefined;
  const isUnified = own === undefined;
  return { path, isUnified, hostPath: `/sys/fs/cgroup${isUnified ? '' : `/${controller}`}${path}` };
}
