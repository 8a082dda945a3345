import { existsSync, readFileSync } from 'node:fs';
import { arch, execPath } from 'node:process';
import { readNodeShare } from '../../host/system/node-installation.ts';
import { readSystemEntries, type SystemEntry } from '../../host/system/system-folders.ts';
import { agentOwner, isRoot, ownOwner } from '../../host/user.ts';
import type { Mount, Owner, BottleSpec } from '../driver.ts';
import type { Machine } from './syscalls.ts';
import { BottleError } from '../../errors.ts';

/** The guest path of a Node that is outside the system's folders. */
export const GUEST_NODE = '/opt/node';

/** The facts about this host that a plan needs; read once and never changed. */
export interface HostFacts {
  /** Undefined: there is no system call filter for this type of machine. */
  readonly machine: Machine | undefined;
  /** The user of a bottle's processes on the host. */
  readonly owner: Owner;
  /** The owner is not the launcher's user, so it may not have access to the mounted paths. */
  readonly launchedByRoot: boolean;
  /** The folders of the host's system that a sandbox shows. */
  readonly system: readonly SystemEntry[];
  /** Existing files of /proc that reveal data about the host or its user's keys. */
  readonly maskedProc: readonly string[];
  /** The mount of Node, if Node is outside the system's folders. */
  readonly node: Mount | undefined;
  /** The CPUs that this process may run on. */
  readonly cpus: readonly number[];
  /** The host's hard limits, `setrlimit(2)`; Infinity if it sets none. */
  readonly hardLimits: { readonly processes: number; readonly openFiles: number };
}

/** Those of the files that container engines mask, too; an ordinary user cannot read all of them anyway. */
const MASKED_PROC = ['kcore', 'keys', 'key-users', 'timer_list', 'sched_debug', 'latency_stats', 'kallsyms'];

/** Reads the facts of this host, for the user who runs this. `owner`: by default the host's user for agents. */
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

/** The mount at /opt/node for a Node that is outside the system's folders. `privatePaths`: see readNodeShare. */
export function nodeMountOf(executable: string, privatePaths?: readonly string[]): Mount | undefined {
  const share = readNodeShare(executable, privatePaths);
  if (share === undefined) return undefined;
  return { hostPath: share.hostPath, guestPath: GUEST_NODE + share.below, readOnly: true };
}

/** Parses `0-2,5` as in proc(5), Cpus_allowed_list. */
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
    return ''; // not Linux: printing a plan still works
  }
}

/**
 * The type of machine that the system call filter is for. Pure.
 * @throws BottleError `rungUnavailable` if there is no filter
 */
export function processorOf({ machine }: Pick<HostFacts, 'machine'>): Machine {
  if (machine !== undefined) return machine;
  throw new BottleError('rungUnavailable', 'there is no system call filter for this kind of machine', {
    fix: 'use another runtime',
  });
}

/**
 * The host's user for the processes of a bottle's sandbox. If bottles share folders of the host, the files there must
 * belong to the same user for every bottle; otherwise each bottle has a separate user.
 */
export const sandboxOwner = ({ id, rung }: Pick<BottleSpec, 'id' | 'rung'>): Owner =>
  rung.traits.sharesFiles ? agentOwner() : ownOwner(id);
