import { existsSync, readFileSync } from 'node:fs';
import { arch, execPath } from 'node:process';
import { readNodeShare } from '../../host/system/node-installation.ts';
import { readSystemEntries, type SystemEntry } from '../../host/system/system-folders.ts';
import { agentOwner, isRoot } from '../../host/user.ts';
import type { Mount, Owner } from '../driver.ts';
import type { Machine } from './syscalls.ts';

/** Where a Node shows that does not lie in a folder of the system. */
export const GUEST_NODE = '/opt/node';

/** What a plan needs to know of this host; read once, and nothing of it is changed. */
export interface HostFacts {
  /** Undefined: a machine that there is no system call filter for. */
  readonly machine: Machine | undefined;
  /** Who a bottle's processes are on the host. */
  readonly owner: Owner;
  /** The owner is not the launcher's user, and may not be let through to what is mounted. */
  readonly launchedByRoot: boolean;
  /** The folders of the host's system that a sandbox shows. */
  readonly system: readonly SystemEntry[];
  /** Files of /proc that tell about the host or about its user's keys, and are there. */
  readonly maskedProc: readonly string[];
  /** Node, where it does not lie in one of them. */
  readonly node: Mount | undefined;
  /** The CPUs that this process may run on. */
  readonly cpus: readonly number[];
  /** What the host grants at most: `setrlimit(2)`; Infinity where it does not limit. */
  readonly hardLimits: { readonly processes: number; readonly openFiles: number };
}

/** What container engines mask too, as far as it is files; an ordinary user cannot read all of them anyway. */
const MASKED_PROC = ['kcore', 'keys', 'key-users', 'timer_list', 'sched_debug', 'latency_stats', 'kallsyms'];

/** As they are on this host, for whoever runs this; `owner`: where it is not who agents are. */
export function readHostFacts(owner: Owner = agentOwner()): HostFacts {
  return {
    machine: arch === 'x64' || arch === 'arm64' ? arch : undefined,
    owner,
    launchedByRoot: isRoot(),
    system: readSystemEntries(),
    maskedProc: MASKED_PROC.map((name) => `/proc/${name}`).filter((path) => existsSync(path)),
    node: nodeMountOf(execPath),
    cpus: parseCpuList(/^Cpus_allowed_list:\s*(\S+)/m.exec(readOrEmpty('/proc/self/status'))?.[1] ?? ''),
    hardLimits: parseHardLimits(readOrEmpty('/proc/self/limits')),
  };
}

/** A Node that does not lie in a folder of the system, at /opt/node; `privatePaths` as in readNodeShare. */
export function nodeMountOf(executable: string, privatePaths?: readonly string[]): Mount | undefined {
  const share = readNodeShare(executable, privatePaths);
  if (share === undefined) return undefined;
  return { hostPath: share.hostPath, guestPath: GUEST_NODE + share.below, readOnly: true };
}

/** `0-2,5` as in proc(5), Cpus_allowed_list. */
export function parseCpuList(list: string): number[] {
  return list.split(',').flatMap((part) => {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part);
    if (match === null) return [];
    const [first, last] = [Number(match[1]), Number(match[2] ?? match[1])];
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

function parseHardLimits(limits: string): HostFacts['hardLimits'] {
  const hard = (name: string): number => {
    const value = new RegExp(`^${name}\\s+\\S+\\s+(\\d+)`, 'm').exec(limits)?.[1];
    return value === undefined ? Infinity : Number(value);
  };
  return { processes: hard('Max processes'), openFiles: hard('Max open files') };
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // not Linux: a plan can be printed all the same
  }
}
