/**
 * Plans the control group of a machine. Sources: cgroups(7); admin-guide/cgroup-v1/memory.rst and
 * admin-guide/cgroup-v2.rst of the kernel. Pure.
 */

import { dirname } from 'node:path';
import type { ControlGroup } from '../../../host/process/control-groups.ts';

export interface GroupLimits {
  readonly memoryBytes: number;
  /** Processes and threads. */
  readonly pids: number;
}

interface Bound {
  readonly name: string;
  readonly value: (limits: GroupLimits) => number;
  /** The kernel may lack it, by its build or its boot options. */
  readonly isOptional?: true;
}

const memory = ({ memoryBytes }: GroupLimits): number => memoryBytes;
const pids = ({ pids: most }: GroupLimits): number => most;

const MEMORY_V1: readonly Bound[] = [
  { name: 'memory.limit_in_bytes', value: memory },
  // Memory and swap together.
  { name: 'memory.memsw.limit_in_bytes', value: memory, isOptional: true },
];
const PIDS: readonly Bound[] = [{ name: 'pids.max', value: pids }];
const MEMORY_V2: readonly Bound[] = [
  { name: 'memory.max', value: memory },
  { name: 'memory.swap.max', value: () => 0, isOptional: true },
];

/** The place where a group can be made. */
export interface GroupPlace {
  /** The parent folder in each hierarchy. */
  readonly parents: readonly {
    readonly folder: string;
    readonly bounds: readonly Bound[];
    /** Version 2: controllers to enable in the parent, so that its children may use them. */
    readonly controllers: readonly string[];
  }[];
  /** Bounds of the launcher's own group, by file name, where the new group is not below that group. */
  readonly most: Readonly<Record<string, number>>;
}

/** The launcher's own groups, as read from the kernel. */
export interface OwnGroups {
  readonly memory: ControlGroup | undefined;
  readonly pids: ControlGroup | undefined;
  /** Version 2: the text of a file of the group. Undefined where the file is missing, as in the root group. */
  readonly textOf: (name: string) => string | undefined;
}

/** Files that bound a group other than by an amount, with the text that means no bound. */
const UNBOUNDED: Readonly<Record<string, RegExp>> = {
  'memory.high': /^max$/,
  'cpu.max': /^max\b/,
  'cpuset.cpus': /^$/,
  'io.max': /^$/,
};

/**
 * Finds the place for a machine's group, such that the group does not escape a bound of the launcher. In version 1, the
 * group is below the launcher's own group. In version 2, a group with processes has no group below it. There the new
 * group is beside the launcher's, and only where it can repeat the launcher's bounds.
 */
export function groupPlace(own: OwnGroups): GroupPlace | { readonly whyNot: string } {
  const { memory: ofMemory, pids: ofPids } = own;
  if (ofMemory === undefined || ofPids === undefined || ofMemory.isUnified !== ofPids.isUnified)
    return { whyNot: 'this host has no control groups for memory and processes' };
  if (!ofMemory.isUnified) {
    const parents = [
      { folder: ofMemory.hostPath, bounds: MEMORY_V1, controllers: [] },
      { folder: ofPids.hostPath, bounds: PIDS, controllers: [] },
    ];
    return { parents, most: {} };
  }
  const kept = Object.entries(UNBOUNDED).find(
    ([name, free]) => own.textOf(name)?.trim().match(free) === null,
  );
  if (kept !== undefined)
    return { whyNot: `one would not be held to what holds this program: ${ofMemory.hostPath}/${kept[0]}` };
  const bounds = [...MEMORY_V2, ...PIDS];
  const amounts = bounds.map(({ name }) => [name, Number(own.textOf(name)?.trim())] as const);
  const isRoot = ofMemory.path === '/';
  const folder = isRoot ? ofMemory.hostPath : dirname(ofMemory.hostPath);
  return {
    parents: [{ folder, bounds, controllers: ['memory', 'pids'] }],
    most: Object.fromEntries(amounts.filter(([, amount]) => Number.isFinite(amount))),
  };
}

/** The folders and files of one bottle's group. */
export interface OwnGroup {
  readonly folders: readonly {
    readonly path: string;
    readonly controllers: readonly string[];
  }[];
  readonly files: readonly { readonly path: string; readonly value: number; readonly isOptional: boolean }[];
}

/** Returns all folders and files of a bottle's group, in creation order. The name contains the bottle's ID. Pure. */
export function ownGroup(bottleId: string, limits: GroupLimits, { parents, most }: GroupPlace): OwnGroup {
  const pathIn = (folder: string): string => `${folder.replace(/\/$/, '')}/bot-bottle-${bottleId}`;
  return {
    folders: parents.map(({ folder, controllers }) => ({ path: pathIn(folder), controllers })),
    files: parents.flatMap(({ folder, bounds }) =>
      bounds.map(({ name, value, isOptional = false }) => ({
        path: `${pathIn(folder)}/${name}`,
        value: Math.min(value(limits), most[name] ?? Infinity),
        isOptional,
      })),
    ),
  };
}

/** What the kernel reports about a group. */
export interface GroupReading {
  /** The text of `cgroup.procs` in each folder. */
  readonly members: readonly { readonly folder: string; readonly text: string }[];
  readonly bounds: readonly { readonly path: string; readonly value: number; readonly text: string }[];
}

/** Returns one line for each difference from what was asked for. `pid`: the process that must be in the group. Pure. */
export const groupFaults = ({ members, bounds }: GroupReading, pid: number): readonly string[] => [
  ...members
    .filter(({ text }) => !text.split('\n').includes(String(pid)))
    .map(({ folder }) => `the machine is not in the control group ${folder}`),
  // The kernel rounds bytes down to pages.
  ...bounds
    .filter(({ text, value }) => !(/^\d+\s*$/.test(text) && Number(text) <= value))
    .map(({ path, value, text }) => `${path} is ${text.trim()}, not ${value}`),
];
