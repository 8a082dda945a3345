/** What the control group of a machine is to be: cgroups(7); of the kernel, admin-guide/cgroup-v1/memory.rst and admin-guide/cgroup-v2.rst. Pure. */

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

/** Where groups are made, and what can bound them there. */
export interface Hierarchy {
  readonly root: string;
  /** Of version 2: what those below the root may bound has to be said there. */
  readonly controllers: readonly string[];
  readonly bounds: readonly Bound[];
}

const memory = ({ memoryBytes }: GroupLimits): number => memoryBytes;
const pids = ({ pids: most }: GroupLimits): number => most;

const VERSIONS: Readonly<Record<'v1' | 'v2', readonly Hierarchy[]>> = {
  v1: [
    {
      root: '/sys/fs/cgroup/memory',
      controllers: [],
      bounds: [
        { name: 'memory.limit_in_bytes', value: memory },
        // With memory counted in it.
        { name: 'memory.memsw.limit_in_bytes', value: memory, isOptional: true },
      ],
    },
    { root: '/sys/fs/cgroup/pids', controllers: [], bounds: [{ name: 'pids.max', value: pids }] },
  ],
  v2: [
    {
      root: '/sys/fs/cgroup',
      controllers: ['memory', 'pids'],
      bounds: [
        { name: 'memory.max', value: memory },
        { name: 'memory.swap.max', value: () => 0, isOptional: true },
        { name: 'pids.max', value: pids },
      ],
    },
  ],
};

/** What is made for a bottle. */
export interface OwnGroup {
  /** One for each hierarchy; whoever is in it has written itself into its `cgroup.procs`. */
  readonly folders: readonly string[];
  readonly files: readonly { readonly path: string; readonly value: number; readonly isOptional: boolean }[];
}

export type GroupVersion = keyof typeof VERSIONS;

/** All of both versions. */
export const HIERARCHIES: readonly Hierarchy[] = Object.values(VERSIONS).flat();

/** Those of one version. */
export const hierarchiesOf = (version: GroupVersion): readonly Hierarchy[] => VERSIONS[version];

/** Right below the root, and nobody else's: what has this name is that bottle's. */
export const folderIn = ({ root }: Hierarchy, bottleId: string): string => `${root}/bot-bottle-${bottleId}`;

/** All of it, in the order in which it is made. */
export function ownGroup(bottleId: string, limits: GroupLimits, version: GroupVersion): OwnGroup {
  const hierarchies = hierarchiesOf(version).map((each) => ({ ...each, folder: folderIn(each, bottleId) }));
  return {
    folders: hierarchies.map(({ folder }) => folder),
    files: hierarchies.flatMap(({ folder, bounds }) =>
      bounds.map(({ name, value, isOptional = false }) => ({
        path: `${folder}/${name}`,
        value: value(limits),
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
