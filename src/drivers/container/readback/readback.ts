import type { CreateBody, HostConfig } from '../body/hardening.ts';
import { ADDED_MASK } from '../body/masked.ts';
import { limits, type Comparison } from './readback-limits.ts';

/**
 * Compares the settings that the engine reports with the requested ones. Engines silently accept options that they do
 * not know, and an image or a daemon's settings can add options: so nothing runs before both sides agree. Pure.
 */

/**
 * The compared part of `GET /containers/ID/json`. Any field may be missing: the engine may be another program than
 * expected.
 */
export interface Inspected {
  readonly Id?: string;
  readonly OCIRuntime?: string;
  /** The first process as the engine starts it, with the engine's own init before it. */
  readonly Path?: string;
  readonly Args?: readonly string[] | null;
  readonly AppArmorProfile?: string;
  readonly EffectiveCaps?: readonly string[] | null;
  readonly BoundingCaps?: readonly string[] | null;
  readonly State?: {
    readonly Pid?: number;
    readonly Running?: boolean;
    readonly ExitCode?: number;
    readonly Error?: string;
  };
  readonly Config?: Partial<Record<'User' | 'WorkingDir' | 'Hostname', string>> & {
    readonly Entrypoint?: readonly string[] | string | null;
    readonly Cmd?: readonly string[] | null;
    readonly Volumes?: Readonly<Record<string, unknown>> | null;
    readonly Tty?: boolean;
    readonly Healthcheck?: { readonly Test?: readonly string[] | null } | null;
    readonly Annotations?: Readonly<Record<string, unknown>> | null;
  };
  readonly HostConfig?: Readonly<Record<string, unknown>>;
  readonly Mounts?: readonly {
    readonly Type?: string;
    readonly Source?: string;
    readonly Destination?: string;
    readonly RW?: boolean;
    readonly Propagation?: string;
  }[];
  readonly NetworkSettings?: { readonly Networks?: Readonly<Record<string, unknown>> | null };
}

/** The values that this engine should report where they differ from the request. */
export interface ReadbackDialect {
  /** The runtime's name in the output of `inspect`. */
  readonly runtime: string;
  /** The id of the container whose network this one joins: engines replace the name. */
  readonly joinedId: string | undefined;
  /** The engine's name for the requested user namespace. */
  readonly usernsMode: string;
  /** The engine reports every private IPC namespace of a container as `shareable`. */
  readonly callsOwnIpcShareable: boolean;
  /** The engine lists dropped capabilities one by one, and the resulting sets. */
  readonly listsCapabilities: boolean;
  /** The daemon confines containers by AppArmor. */
  readonly appArmor: boolean;
  /** The host has swap. If it has none, an engine whose kernel does not count swap may drop the limit. */
  readonly hasSwap: boolean;
}

/** Every difference, as a sentence; empty if the engine applied all settings and no others. */
export function readbackDifferences(body: CreateBody, found: Inspected, dialect: ReadbackDialect): string[] {
  return [
    ...identity(body, found, dialect),
    ...limits(body.HostConfig, found.HostConfig ?? {}, dialect.hasSwap),
    ...privileges(body, found, dialect),
    ...namespaces(body, found, dialect),
    ...files(body, found),
    ...untouched(found.HostConfig ?? {}),
  ]
    .filter(({ wanted, found: got }) => canonical(wanted) !== canonical(got))
    .map(
      ({ what, wanted, found: got }) =>
        `${what}: asked for ${canonical(wanted)}, the engine has ${canonical(got)}`,
    );
}

function identity(body: CreateBody, found: Inspected, dialect: ReadbackDialect): Comparison[] {
  return [
    { what: 'runtime', wanted: dialect.runtime, found: found.OCIRuntime ?? found.HostConfig?.['Runtime'] },
    { what: 'user', wanted: body.User, found: found.Config?.User },
    { what: 'program', wanted: body.Entrypoint, found: programOf(found) },
    { what: 'arguments', wanted: [], found: found.Config?.Cmd ?? [] },
    { what: 'working directory', wanted: body.WorkingDir, found: found.Config?.WorkingDir },
    { what: 'terminal', wanted: body.Tty, found: found.Config?.Tty },
    // A program of the image that the engine would start beside the agent.
    { what: 'health check', wanted: 'none', found: healthCheck(found) },
  ];
}

/**
 * The words of the program. Podman before 5 reports them joined, so the boundaries are lost. The words are then those
 * of the started process, after the engine's init, if joining them gives the same text.
 */
function programOf({ Config, Path, Args }: Inspected): unknown {
  const entrypoint = Config?.Entrypoint;
  if (typeof entrypoint !== 'string') return entrypoint;
  const started = [Path ?? '', ...(Args ?? [])];
  const words =
    /^\/(?:run\/podman-|dev\/)init$/.test(started[0] ?? '') && started[1] === '--'
      ? started.slice(2)
      : started;
  return words.join(' ') === entrypoint ? words : [entrypoint];
}

function healthCheck({ Config }: Inspected): unknown {
  const test = Config?.Healthcheck?.Test ?? [];
  return test.length === 0 || test[0] === 'NONE' ? 'none' : test;
}

function privileges(body: CreateBody, found: Inspected, dialect: ReadbackDialect): Comparison[] {
  const wanted = body.HostConfig;
  const applied = found.HostConfig ?? {};
  return [
    { what: 'privileged', wanted: false, found: applied['Privileged'] },
    {
      what: 'security options',
      wanted: wantedSecurity(wanted),
      found: securityOptions(applied['SecurityOpt']),
    },
    { what: 'added capabilities', wanted: sortedNames(wanted.CapAdd), found: sortedNames(applied['CapAdd']) },
    ...(dialect.listsCapabilities
      ? [
          {
            what: 'bounding set',
            wanted: sortedNames(wanted.CapAdd),
            found: sortedNames(found.BoundingCaps),
          },
          {
            what: 'effective set',
            wanted: isRootUser(body.User) ? sortedNames(wanted.CapAdd) : [],
            found: sortedNames(found.EffectiveCaps),
          },
        ]
      : [{ what: 'dropped capabilities', wanted: ['ALL'], found: sortedNames(applied['CapDrop']) }]),
    ...(dialect.appArmor
      ? [{ what: 'AppArmor', wanted: true, found: !['', 'unconfined'].includes(found.AppArmorProfile ?? '') }]
      : []),
  ];
}

/** Docker removes the SELinux label from a container that sees the host's processes, and reports this on every host. */
const wantedSecurity = ({ SecurityOpt, PidMode }: HostConfig): string[] => {
  const listed = SecurityOpt.filter((option) => option !== ADDED_MASK);
  return PidMode === 'host' ? [...listed, 'label=disable'] : listed;
};

const isRootUser = (user: string): boolean => user.startsWith('0:');

/** Engines treat `no-new-privileges` and `no-new-privileges:true` alike. */
function securityOptions(options: unknown): unknown {
  return Array.isArray(options)
    ? (options as string[]).map((option) => option.replace(/[:=]true$/, ''))
    : options;
}

const sortedTexts = (texts: unknown): unknown =>
  Array.isArray(texts) ? (texts as string[]).toSorted() : texts;

const sortedNames = (names: unknown): string[] =>
  (Array.isArray(names) ? (names as string[]) : []).map((name) => name.replace(/^CAP_/, '')).sort();

function namespaces(body: CreateBody, found: Inspected, dialect: ReadbackDialect): Comparison[] {
  const wanted = body.HostConfig;
  const applied = found.HostConfig ?? {};
  return [
    ...networks(body, found, dialect),
    {
      what: 'annotations for the runtime',
      wanted: forRuntimes(wanted.Annotations),
      found: forRuntimes(annotations(found)),
    },
    { what: 'IpcMode', wanted: 'private', found: ipcMode(applied['IpcMode'], dialect) },
    { what: 'PidMode', wanted: wanted.PidMode || 'private', found: applied['PidMode'] || 'private' },
    { what: 'UTSMode', wanted: 'private', found: applied['UTSMode'] || 'private' },
    { what: 'UsernsMode', wanted: dialect.usernsMode, found: applied['UsernsMode'] ?? '' },
    { what: 'sysctls', wanted: sorted(wanted.Sysctls), found: sorted(applied['Sysctls'] ?? wanted.Sysctls) },
    { what: 'restart policy', wanted: 'no', found: nameOf(applied['RestartPolicy']) },
    { what: 'log', wanted: 'none', found: typeOf(applied['LogConfig']) },
    { what: 'init', wanted: wanted.Init, found: applied['Init'] ?? false },
    wanted.MaskedPaths === undefined
      ? { what: 'unmasked /proc', wanted: false, found: isEmptyList(applied['MaskedPaths']) }
      : { what: 'masked paths', wanted: wanted.MaskedPaths, found: sortedTexts(applied['MaskedPaths']) },
    { what: 'writable /proc/sys', wanted: false, found: isEmptyList(applied['ReadonlyPaths']) },
  ];
}

/** Sorts settings by name: engines keep no order. */
const sorted = (settings: object): unknown =>
  Object.fromEntries(Object.entries(settings).toSorted(([one], [other]) => (one < other ? -1 : 1)));

/** Every engine reports a foreign namespace as `host`, `container:ID` or `ns:PATH`. */
const ipcMode = (mode: unknown, { callsOwnIpcShareable }: ReadbackDialect): unknown =>
  callsOwnIpcShareable && mode === 'shareable' ? 'private' : mode;

/** Docker reports the first network as the mode, Podman reports `bridge`; only the list of networks counts. */
function networks(body: CreateBody, found: Inspected, { joinedId }: ReadbackDialect): Comparison[] {
  const { NetworkMode: wanted } = body.HostConfig;
  const mode = found.HostConfig?.['NetworkMode'];
  const named = body.NetworkingConfig?.EndpointsConfig;
  if (named !== undefined) {
    const attached = Object.keys(found.NetworkSettings?.Networks ?? {});
    return [{ what: 'networks', wanted: Object.keys(named).sort(), found: attached.sort() }];
  }
  const byId = wanted.startsWith('container:') && mode === `container:${joinedId ?? ''}`;
  return [{ what: 'network', wanted, found: byId ? wanted : mode }];
}

/** Docker lists its defaults, Podman lists nothing; `systempaths=unconfined` leaves an empty list. */
const isEmptyList = (value: unknown): boolean => Array.isArray(value) && value.length === 0;

/** Docker and Podman report them in different places. Annotations for no runtime are the engine's own notes. */
const annotations = ({ Config, HostConfig }: Inspected): Readonly<Record<string, unknown>> => ({
  ...Config?.Annotations,
  ...(HostConfig?.['Annotations'] as Record<string, unknown> | undefined),
});

/** The annotations by which a container changes how gVisor or Kata runs it. */
const forRuntimes = (all: Readonly<Record<string, unknown>>): string[] =>
  Object.entries(all)
    .filter(([name]) => /^(?:dev\.gvisor|io\.katacontainers)\./.test(name))
    .map(([name, value]) => `${name}=${String(value)}`)
    .sort();

const nameOf = (value: unknown): unknown => (value as { Name?: unknown } | undefined)?.Name;
const typeOf = (value: unknown): unknown => (value as { Type?: unknown } | undefined)?.Type;

function files(body: CreateBody, found: Inspected): Comparison[] {
  const { Mounts, Tmpfs, ReadonlyRootfs } = body.HostConfig;
  const applied = found.HostConfig ?? {};
  return [
    { what: 'read-only root', wanted: ReadonlyRootfs, found: applied['ReadonlyRootfs'] },
    {
      what: 'mounts',
      wanted: Mounts.map(
        ({ Source, Target, ReadOnly }) => `${Source} ${Target} ${ReadOnly ? 'ro' : 'rw'} rprivate`,
      ).sort(),
      // Podman lists no tmpfs here, Docker lists each with its own type.
      found: (found.Mounts ?? [])
        .filter(({ Type }) => Type !== 'tmpfs')
        .map(({ Type, Source, Destination, RW, Propagation }) =>
          Type === 'bind'
            ? `${Source} ${Destination} ${RW === false ? 'ro' : 'rw'} ${Propagation}`
            : `${Type} ${Destination}`,
        )
        .sort(),
    },
    { what: 'writable places', wanted: scratch(Tmpfs), found: scratch(applied['Tmpfs']) },
  ];
}

/** The options of each tmpfs that bound it; engines add and rewrite others. */
function scratch(tmpfs: unknown): string[] {
  return Object.entries((tmpfs ?? {}) as Record<string, string>)
    .map(([path, options]) => {
      const kept = options
        .split(',')
        .filter((option) => /^(ro|nosuid|nodev|noexec|size=.*|nr_inodes=.*|mode=.*)$/.test(option));
      return `${path} ${kept.sort().join(',')}`;
    })
    .sort();
}

/** Settings that bot-bottle never uses. Each would weaken the confinement; empty means unused. */
const MUST_BE_EMPTY = [
  'Devices',
  'DeviceCgroupRules',
  'DeviceRequests',
  'VolumesFrom',
  'Links',
  'PortBindings',
  'PublishAllPorts',
  'ExtraHosts',
  'GroupAdd',
  'Cgroup',
  'CgroupParent',
  'OomScoreAdj',
] as const;

function untouched(found: Readonly<Record<string, unknown>>): Comparison[] {
  return MUST_BE_EMPTY.map((name) => ({ what: name, wanted: 'nothing', found: emptyOr(found[name]) }));
}

function emptyOr(value: unknown): unknown {
  const empty =
    value === undefined ||
    value === null ||
    value === '' ||
    value === 0 ||
    value === false ||
    (typeof value === 'object' && Object.keys(value).length === 0);
  return empty ? 'nothing' : value;
}

const canonical = (value: unknown): string => JSON.stringify(value) ?? 'nothing';
