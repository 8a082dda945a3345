/** What the control group of a machine is to be: cgroups(7); of the kernel, admin-guide/cgroup-v1/memory.rst and admin-guide/cgroup-v2.rst. Pure. */

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
  /** A kernel may have been built or started without it. */
  readonly isOptional?: true;
}

const memory = ({ memoryBytes }: GroupLimits): number => memoryBytes;
const pids = ({ pids: most }: GroupLimits): number => most;

const MEMORY_V1: readonly Bound[] = [
  { name: 'memory.limit_in_bytes', value: memory },
  // With memory counted in it.
  { name: 'memory.memsw.limit_in_bytes', value: memory, isOptional: true },
];
const PIDS: readonly Bound[] = [{ name: 'pids.max', value: pids }];
const MEMORY_V2: readonly Bound[] = [
  { name: 'memory.max', value: memory },
  { name: 'memory.swap.max', value: () => 0, isOptional: true },
];

/** Where a group can be made. */
export interface GroupPlace {
  /** Of each hierarchy. */
  readonly parents: readonly {
    readonly folder: string;
    readonly bounds: readonly Bound[];
    /** Of version 2: what those below may bound has to be said there. */
    readonly controllers: readonly string[];
  }[];
  /** What the launcher's own group is held to, where the new one is not below it, by the names of the files. */
  readonly most: Readonly<Record<string, number>>;
}

/** What is read of the launcher's own groups. */
export interface OwnGroups {
  readonly memory: ControlGroup | undefined;
  readonly pids: ControlGroup | undefined;
  /** Of version 2: what a file of its group says; undefined where it is not there, as in the root. */
  readonly textOf: (name: string) => string | undefined;
}

/** What bounds a group otherwise than by an amount, and what it says where it does not. */
const UNBOUNDED: Readonly<Record<string, RegExp>> = {
  'memory.high': /^max$/,
  'cpu.max': /^max\b/,
  'cpuset.cpus': /^$/,
  'io.max': /^$/,
};

/**
 * Nothing that holds the launcher is got round: of version 1 the group is below the launcher's own; of version 2, where a group with
 * processes has none below it, beside it, and only where what holds it can be repeated.
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

/** What is made for a bottle. */
export interface OwnGroup {
  readonly folders: readonly {
    readonly path: string;
    readonly controllers: readonly string[];
  }[];
  readonly files: readonly { readonly path: string; readonly value: number; readonly isOptional: boolean }[];
}

/** All of it, in the order in which it is made. Nobody else's has this name. */
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

/** What was read of it. */
export interface GroupReading {
  /** The processes in each folder. */
  readonly members: readonly { readonly folder: string; readonly text: string }[];
  readonly bounds: readonly { readonly path: string; readonly value: number; readonly text: string }[];
}

/** What is not as it was asked for, a line each. `pid`: who is to be in it. */
export const groupFaults = ({ members, bounds }: GroupReading, pid: number): readonly string[] => [
  ...members
    .filter(({ text }) => !text.split('\n').includes(String(pid)))
    .map(({ folder }) => `the machine is not in the control group ${folder}`),
  // Bytes are rounded down to pages.
  ...bounds
    .filter(({ text, value }) => !(/^\d+\s*$/.test(text) && Number(text) <= value))
    .map(({ path, value, text }) => `${path} is ${text.trim()}, not ${value}`),
];
