import { NO_CORE_DUMP_BYTES } from '../../../host/process/core-dumps.ts';
import type { Mount, Owner } from '../../driver.ts';
import { machinePlan } from '../kata/machine-plan.ts';
import { ADDED_MASK, MASKED_PATHS } from './masked.ts';
import { seccompOf, type AllowedCalls } from './seccomp.ts';
import { SHM, tmpfsOf } from './tmpfs.ts';

/**
 * The single place that defines how bot-bottle's containers are confined. Everything that starts on an engine goes
 * through `createBody`: the agent, the holder, the gateway, the checks. Pure, so that a dry run can print the request.
 */

export interface ContainerPlan {
  readonly name: string;
  readonly bottleId: string;
  readonly image: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly owner: Owner;
  readonly tty: boolean;
  /** Standard input is connected. If false, the program reads end of file. */
  readonly stdin: boolean;
  readonly limits: Limits;
  readonly mounts: readonly Mount[];
  /** Writable folders, each a tmpfs of a given size. */
  readonly scratch: readonly Scratch[];
  readonly network: ContainerNetwork;
  readonly sysctls: Readonly<Record<string, string>>;
  /** Empty except for the containers that install the bridge's firewall and that end leftover processes of engines. */
  readonly capabilities: readonly string[];
  /** For the runtime. Missing or empty unless the bottle has a socket of the host. */
  readonly annotations?: Readonly<Record<string, string>>;
  /**
   * The system calls that a program of bot-bottle needs, if it needs few. Without it, or if the engine accepts no
   * profile by content, the container gets the profile for any program.
   */
  readonly systemCalls?: AllowedCalls;
  /** The program ends at SIGTERM and starts no others, so it needs no init process. */
  readonly isOwnInit?: boolean;
  /** The container sees the host's processes: only to end leftover processes of engines. */
  readonly hostProcesses?: boolean;
  /** The number of files in each writable folder is bounded. */
  readonly boundsFiles?: boolean;
}

export interface Limits {
  /** 0: the container has no limit of its own. */
  readonly memoryBytes: number;
  readonly cpus: number;
  readonly pids: number;
}

export interface Scratch {
  readonly guestPath: string;
  readonly sizeBytes: number;
  /** Programs may be executed from it. */
  readonly executable: boolean;
  /** Belongs only to the container's user. If false, it is open to everyone, like /tmp. */
  readonly private: boolean;
}

export type ContainerNetwork =
  | { readonly kind: 'none' }
  | { readonly kind: 'host' }
  /** The network of another container, by its name. */
  | { readonly kind: 'joined'; readonly container: string }
  | { readonly kind: 'networks'; readonly endpoints: readonly Endpoint[]; readonly dns: readonly string[] };

export interface Endpoint {
  readonly network: string;
  /** Undefined: the engine chooses. */
  readonly address: string | undefined;
}

/** The differences between engines in the body of a container. */
export interface BodyDialect {
  /** Value of `HostConfig.Runtime`; undefined if the connection itself decides. */
  readonly runtime: string | undefined;
  /** A container is a virtual machine; it gets its limits in other ways. */
  readonly isMachine: boolean;
  /**
   * The end of a container's input would end its output, so no container starts with its input closed. The input closes
   * only when the launcher ends: then nobody reads the output, and an agent that ends with its input must end.
   */
  readonly keepsInputOpen: boolean;
  /** The mount options that give a tmpfs to the container's user. */
  tmpfsOwnerOptions(owner: Owner): string;
  /** Mount options for every tmpfs. */
  readonly tmpfsOptions: string;
  /** The engine can limit the number of files in a tmpfs. If false, bot-bottle sets the limit after the mount. */
  readonly tmpfsBoundsFiles: boolean;
  /**
   * Folders of a read-only root where the engine puts its own writable tmpfs, unless the body names another mount
   * there.
   */
  readonly addsTmpfsAt: readonly string[];
  /** The limit of open files of a process. */
  readonly openFiles: number;
  /**
   * The limit of the user's processes, if the engine would request more than this host allows. Separate from the
   * bottle's limit.
   */
  readonly userProcesses: number | undefined;
  /** `keep-id` if an ordinary user's engine would otherwise map the caller to root inside. */
  readonly usernsMode: string;
  readonly cgroupnsMode: string;
  /** The seccomp profile of a container without capabilities: docs/adr/0047-a-seccomp-profile-of-our-own.md. */
  readonly seccompProfile: string;
  /** The request contains the profile itself. If false, it contains the path of its file. */
  readonly seccompByContent: boolean;
  /** The request contains the whole list of paths to hide. If false, an option adds paths to the engine's own list. */
  readonly masksWholeList: boolean;
  /**
   * A container that joins another's network has a separate host name. With Docker it has the other's, and may not set
   * one.
   */
  readonly ownHostnameWhenJoined: boolean;
}

/** The request of `POST /containers/create`; only the fields that bot-bottle sets. */
export interface CreateBody {
  readonly Image: string;
  readonly Hostname?: string;
  readonly User: string;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
  readonly WorkingDir: string;
  readonly Tty: boolean;
  readonly OpenStdin: boolean;
  readonly StdinOnce: boolean;
  readonly AttachStdin: boolean;
  readonly AttachStdout: boolean;
  readonly AttachStderr: boolean;
  readonly Labels: Readonly<Record<string, string>>;
  readonly Healthcheck: { readonly Test: readonly string[] };
  readonly NetworkDisabled: boolean;
  readonly HostConfig: HostConfig;
  readonly NetworkingConfig?: {
    readonly EndpointsConfig: Readonly<
      Record<string, { readonly IPAMConfig?: { readonly IPv4Address: string } }>
    >;
  };
}

export interface HostConfig {
  readonly Runtime?: string;
  readonly NetworkMode: string;
  readonly ReadonlyRootfs: true;
  readonly Privileged: false;
  readonly CapDrop: readonly string[];
  readonly CapAdd: readonly string[];
  readonly SecurityOpt: readonly string[];
  readonly PidsLimit: number;
  readonly Memory: number;
  readonly MemorySwap: number;
  readonly NanoCpus: number;
  readonly IpcMode: 'private';
  readonly PidMode: '' | 'host';
  readonly CgroupnsMode: string;
  readonly UsernsMode: string;
  readonly LogConfig: { readonly Type: 'none' };
  readonly Init: boolean;
  readonly ShmSize: number;
  readonly Tmpfs: Readonly<Record<string, string>>;
  readonly Mounts: readonly BindMount[];
  readonly MaskedPaths?: readonly string[];
  readonly Sysctls: Readonly<Record<string, string>>;
  readonly Annotations: Readonly<Record<string, string>>;
  readonly Dns: readonly string[];
  readonly Ulimits: readonly { readonly Name: string; readonly Soft: number; readonly Hard: number }[];
  readonly RestartPolicy: { readonly Name: 'no' };
}

export interface BindMount {
  readonly Type: 'bind';
  readonly Source: string;
  readonly Target: string;
  readonly ReadOnly: boolean;
  readonly BindOptions: { readonly Propagation: 'rprivate' };
}

export const HOSTNAME = 'bottle';

/** The request body that makes this container. */
export function createBody(
  asked: ContainerPlan,
  labels: Record<string, string>,
  dialect: BodyDialect,
): CreateBody {
  const plan = dialect.isMachine ? machinePlan(asked) : asked;
  const { kind } = plan.network;
  return {
    Image: plan.image,
    ...(kind === 'host' || (kind === 'joined' && !dialect.ownHostnameWhenJoined)
      ? {}
      : { Hostname: HOSTNAME }),
    User: `${plan.owner.uid}:${plan.owner.gid}`,
    Env: Object.entries(plan.env).map(([name, value]) => `${name}=${value}`),
    // The whole command line is the entry point: a Cmd would be passed to the image's own entry point.
    Entrypoint: plan.argv,
    Cmd: [],
    WorkingDir: plan.cwd,
    Tty: plan.tty,
    OpenStdin: plan.stdin || dialect.keepsInputOpen,
    // Without a terminal, the client's end of file reaches the program; with one, a detached agent keeps its terminal.
    StdinOnce: plan.stdin && !plan.tty,
    AttachStdin: plan.stdin,
    AttachStdout: true,
    AttachStderr: true,
    Labels: labels,
    Healthcheck: { Test: ['NONE'] },
    // The runtime still makes a namespace with a loopback. Docker does nothing for the network then, which halves a
    // start.
    NetworkDisabled: kind === 'none',
    HostConfig: hostConfig(plan, dialect),
    ...networkingConfig(plan.network),
  };
}

function hostConfig(plan: ContainerPlan, dialect: BodyDialect): HostConfig {
  return {
    ...(dialect.runtime === undefined ? {} : { Runtime: dialect.runtime }),
    NetworkMode: networkMode(plan.network),
    ReadonlyRootfs: true,
    Privileged: false,
    CapDrop: ['ALL'],
    CapAdd: plan.capabilities,
    SecurityOpt: [
      'no-new-privileges',
      ...seccomp(plan, dialect),
      ...(dialect.masksWholeList ? [] : [ADDED_MASK]),
    ],
    ...(dialect.masksWholeList ? { MaskedPaths: MASKED_PATHS } : {}),
    PidsLimit: plan.limits.pids,
    Memory: plan.limits.memoryBytes,
    MemorySwap: plan.limits.memoryBytes, // the same as memory: no swap
    NanoCpus: Math.round(plan.limits.cpus * 1e9),
    IpcMode: 'private',
    PidMode: plan.hostProcesses === true ? 'host' : '',
    CgroupnsMode: dialect.cgroupnsMode,
    UsernsMode: dialect.usernsMode,
    LogConfig: { Type: 'none' },
    Init: plan.isOwnInit !== true,
    ShmSize: SHM.sizeBytes,
    Tmpfs: tmpfsOf(plan, dialect),
    Mounts: plan.mounts.map(toBindMount),
    Sysctls: plan.sysctls,
    Annotations: plan.annotations ?? {},
    Dns: plan.network.kind === 'networks' ? plan.network.dns : [],
    Ulimits: [
      { Name: 'core', Soft: NO_CORE_DUMP_BYTES, Hard: NO_CORE_DUMP_BYTES },
      { Name: 'nofile', Soft: dialect.openFiles, Hard: dialect.openFiles },
      ...userProcesses(dialect),
    ],
    RestartPolicy: { Name: 'no' },
  };
}

const userProcesses = ({ userProcesses: most }: BodyDialect): HostConfig['Ulimits'] =>
  most === undefined ? [] : [{ Name: 'nproc', Soft: most, Hard: most }];

/** A container with capabilities runs a program of bot-bottle, which may need calls that the profile refuses. */
function seccomp(
  { capabilities, systemCalls }: ContainerPlan,
  { seccompProfile, seccompByContent }: BodyDialect,
): string[] {
  if (seccompByContent && systemCalls !== undefined) return [`seccomp=${seccompOf(systemCalls)}`];
  return capabilities.length > 0 ? [] : [`seccomp=${seccompProfile}`];
}

/** The value of `HostConfig.NetworkMode`. */
function networkMode(network: ContainerNetwork): string {
  if (network.kind === 'joined') return `container:${network.container}`;
  if (network.kind !== 'networks') return network.kind;
  const [first] = network.endpoints;
  if (first === undefined) throw new Error('a container on networks needs one');
  return first.network;
}

function networkingConfig(network: ContainerNetwork): Pick<CreateBody, 'NetworkingConfig'> {
  if (network.kind !== 'networks') return {};
  const endpoints = network.endpoints.map(({ network: name, address }): [string, object] => [
    name,
    address === undefined ? {} : { IPAMConfig: { IPv4Address: address } },
  ]);
  return { NetworkingConfig: { EndpointsConfig: Object.fromEntries(endpoints) } };
}

function toBindMount({ hostPath, guestPath, readOnly }: Mount): BindMount {
  return {
    Type: 'bind',
    Source: hostPath,
    Target: guestPath,
    ReadOnly: readOnly,
    BindOptions: { Propagation: 'rprivate' },
  };
}
