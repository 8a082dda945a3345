import { readKernelFile } from '../system/kernel-file.ts';

/** The location of a process's control group: cgroups(7), versions 1 and 2. */

export interface ControlGroup {
  /** The path that the kernel reports, from the root of its hierarchy. */
  readonly path: string;
  /** Version 2: one hierarchy for all controllers. */
  readonly isUnified: boolean;
  readonly hostPath: string;
}

/** The group of a controller such as `memory`; undefined if the process has ended, or the kernel has no such group. */
export const controlGroupOf = (pid: number | string, controller: string): ControlGroup | undefined =>
  findControlGroup(readKernelFile(`/proc/${pid}/cgroup`) ?? '', controller);

/** Finds the group in the text of /proc/PID/cgroup. Pure. */
export function findControlGroup(text: string, controller: string): ControlGroup | undefined {
  const lines = text.split('\n').map((line) => /^\d+:([^:]*):(.*)$/.exec(line));
  const own = lines.find((line) => line?.[1]?.split(',').includes(controller));
  const unified = lines.find((line) => line?.[1] === '');
  const path = (own ?? unified)?.[2];
  if (path === undefined) return undefined;
  const isUnified = own === undefined;
  return { path, isUnified, hostPath: `/sys/fs/cgroup${isUnified ? '' : `/${controller}`}${path}` };
}
