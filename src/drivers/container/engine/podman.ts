import { existsSync } from 'node:fs';
import { release } from 'node:os';
import { reasonOf } from '../../../errors.ts';
import { mostOpenFiles, mostUserProcesses } from '../../../host/process/process-limits.ts';
import { assetPath } from '../../../host/paths.ts';
import { isRoot } from '../../../host/user.ts';
import { podmanIsElsewhere } from '../../engine/hosts/podman-client.ts';
import { recogniseHost } from '../../engine/hosts/recognise.ts';
import { HOSTS } from '../../engine/hosts/table.ts';
import { podmanInfo, readHere, type PodmanSays } from '../../engine/hosts/engine-info.ts';
import type { Missing } from '../../engine/missing.ts';
import { installCommand } from '../../engine/packages.ts';
import { fixFor } from '../fixes.ts';
import { findProgram, programStamp } from '../../../host/system/programs.ts';
import { factsOfRuntime, type ContainerRuntime } from '../rungs.ts';
import type { EngineClient } from '../../engine/client.ts';
import { type Connection, type Engine, type EngineDialect, type NetworkPlan } from './engine.ts';
import { startPodmanService } from '../../engine/podman-service.ts';

/** Differences of older Podman versions. Pure, except for the call that asks for the version. */

interface PodmanHabits {
  /** Folders where the engine puts its own writable tmpfs, unasked, in a container with a read-only root. */
  readonly addsTmpfsAt: readonly string[];
  /** Gives root's containers a limit of a million processes, which root without CAP_SYS_RESOURCE cannot set. */
  readonly raisesProcesses: boolean;
  /** `inspect` shows every private IPC namespace of a container as `shareable`. */
  readonly callsOwnIpcShareable: boolean;
}

/** The habits of the newest version. */
export const PODMAN_NOW: PodmanHabits = {
  addsTmpfsAt: [],
  raisesProcesses: false,
  callsOwnIpcShareable: false,
};

/**
 * The habits of a version such as `4.3.1`, which was tested: Debian 12 has it. Since 4.4, `inspect` names the IPC
 * namespace as requested (libpod/container_inspect.go). Requesting a closed folder, or no more processes than this user
 * may have, is harmless in any version, so all versions before 5.0 get both.
 */
export function podmanHabits(version: string): PodmanHabits {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  return {
    addsTmpfsAt: major < 5 ? ['/run', '/tmp', '/var/tmp'] : [],
    raisesProcesses: major < 5,
    callsOwnIpcShareable: major < 4 || (major === 4 && minor < 4),
  };
}

/** Asks a service for its version and returns its habits. @throws EngineError */
async function habitsOf(client: EngineClient): Promise<PodmanHabits> {
  const { Version } = await client.call<{ Version?: string }>({ method: 'GET', path: '/libpod/version' });
  return Version === undefined ? PODMAN_NOW : podmanHabits(Version);
}

/**
 * Runs gVisor with the host's network stack inside the container's own namespace. The namespace has only loopback, and
 * gVisor's own stack does not start with older runsc on newer kernels.
 */
const RUNTIME_FLAGS: Partial<Record<ContainerRuntime, readonly string[]>> = { runsc: ['network=host'] };

/** Init programs that podman accepts, Podman's own first; each is linked statically. */
const INIT_PROGRAMS = ['/usr/libexec/podman/catatonit', 'catatonit', 'docker-init', 'tini-static'];

interface Service {
  readonly client: EngineClient;
  readonly habits: PodmanHabits;
}

async function startService(
  runtime: ContainerRuntime,
  initPath: string,
  signal?: AbortSignal,
): Promise<Service> {
  const client = await startPodmanService({ flags: flagsOf(runtime), initPath, signal });
  return { client, habits: await habitsOf(client) };
}

/** Podman of this user, rootful or rootless. Starts one service for each runtime when it is needed. */
export function createPodman(): Engine {
  const services = new Map<ContainerRuntime, Promise<Service>>();
  const serve = async (
    runtime: ContainerRuntime,
    initPath: string,
    signal?: AbortSignal,
  ): Promise<Service> => {
    const started = services.get(runtime) ?? startService(runtime, initPath, signal);
    services.set(runtime, started);
    started.catch(() => services.delete(runtime));
    return await started;
  };
  let asked: Promise<Missing | undefined> | undefined;
  const elsewhere = async (): Promise<Missing | undefined> => await (asked ??= podmanIsElsewhere());
  const engine: Engine = {
    name: 'podman',
    isDaemon: false,
    connect: async (runtime, { signal } = {}) => {
      const missing = missingPrograms(runtime);
      if (missing !== undefined) return (await elsewhere()) ?? missing;
      try {
        return connection(engine, runtime, await serve(runtime, findInit() ?? '', signal));
      } catch (error) {
        signal?.throwIfAborted();
        return (await elsewhere()) ?? notStarted(reasonOf(error));
      }
    },
    helper: async (options) => await engine.connect(namespaceRuntime() ?? 'runc', options),
    evidence: evidenceOf,
    lookKeyUnasked: podmanLookKey,
  };
  return engine;
}

const notStarted = (reason: string): Missing => ({
  status: 'installed',
  reason: `podman does not start: ${reason}`,
  fix: fixFor(reason, 'podman info'),
});

const flagsOf = (runtime: ContainerRuntime): string[] => [
  '--runtime',
  runtime, // by name: every other service must find the runtime of a container in its own settings
  ...(RUNTIME_FLAGS[runtime] ?? []).map((flag) => `--runtime-flag=${flag}`),
];

const findInit = (): string | undefined =>
  INIT_PROGRAMS.map(findInitProgram).find((path) => path !== undefined);

const findInitProgram = (name: string): string | undefined =>
  name.startsWith('/') ? (existsSync(name) ? name : undefined) : findProgram(name);

/** An installed runtime that uses the given namespaces. */
const namespaceRuntime = (): ContainerRuntime | undefined =>
  (['runc', 'crun'] as const).find((name) => findProgram(name) !== undefined);

function missingPrograms(runtime: ContainerRuntime): Missing | undefined {
  if (findProgram('podman') === undefined) {
    return { status: 'absent', reason: 'Podman is not installed', fix: installCommand('podman') };
  }
  if (findProgram(runtime) === undefined) {
    return { status: 'absent', reason: `${runtime} is not installed`, fix: installCommand(runtime) };
  }
  if (findInit() === undefined) {
    return {
      status: 'installed',
      reason: 'Podman has no init program: an agent that is the first process ignores Ctrl-C',
      fix: installCommand('init'),
    };
  }
  return undefined;
}

/** Podman has no daemon: its programs, and the flags that this version of bot-bottle passes, decide. */
const podmanLookKey = (runtime: ContainerRuntime): string =>
  JSON.stringify([flagsOf(runtime), ...['podman', runtime].map(programStamp)]);

function connection(engine: Engine, runtime: ContainerRuntime, { client, habits }: Service): Connection {
  const own: Connection = {
    engine: 'podman',
    runtime,
    client,
    // Not through the service: it has no proxy variables, and a pull may need them.
    cli: ['podman'],
    runtimeKey: runtime,
    lookKey: podmanLookKey(runtime),
    ownNetworkStack: factsOfRuntime(runtime).ownNetworkStack && RUNTIME_FLAGS[runtime] === undefined,
    body: podmanBodyDialect(isRoot(), habits),
    dialect: dialect(habits),
    helper: async (signal) => {
      if (!factsOfRuntime(runtime).ownNetworkStack) return own;
      const name = namespaceRuntime();
      if (name !== undefined) return await engine.connect(name, { signal });
      return {
        status: 'installed',
        reason: 'neither runc nor crun is installed',
        fix: installCommand('crun'),
      };
    },
  };
  return own;
}

/** The body dialect for Podman's containers; the service sets the runtime. */
export const podmanBodyDialect = (rootful: boolean, habits = PODMAN_NOW): Connection['body'] => ({
  runtime: undefined,
  isMachine: false,
  keepsInputOpen: false,
  tmpfsOwnerOptions: () => 'U',
  tmpfsOptions: 'notmpcopyup',
  tmpfsBoundsFiles: false,
  addsTmpfsAt: habits.addsTmpfsAt,
  openFiles: mostOpenFiles(),
  userProcesses: habits.raisesProcesses ? mostUserProcesses() : undefined,
  usernsMode: rootful ? '' : 'keep-id',
  cgroupnsMode: 'private',
  seccompProfile: assetPath('container/seccomp.json'),
  seccompByContent: false,
  masksWholeList: false,
  ownHostnameWhenJoined: true,
});

function dialect({ callsOwnIpcShareable }: PodmanHabits): EngineDialect {
  return {
    inspectPath: (container) => `/libpod/containers/${container}/json`,
    usernsMode: isRoot() ? '' : 'private', // `inspect` shows `private` for `keep-id` and others
    callsOwnIpcShareable,
    listsCapabilities: true,
    appArmor: false,
    // "cgroupns private" exists on cgroup v2 only: podman-run(1), --cgroupns.
    mayShare: existsSync('/sys/fs/cgroup/cgroup.controllers') ? [] : ['cgroup'],
    reportsOutOfMemory: false,
    meetsDockersFirewall: true,
    bridgesOnHost: isRoot(),
    networkCall: (network) => ({ path: '/libpod/networks/create', json: podmanNetworkBody(network) }),
  };
}

/** Without Podman's name server the host's side needs no address, and netavark gives it none. */
export function podmanNetworkBody(network: NetworkPlan): unknown {
  return {
    name: network.name,
    driver: 'bridge',
    network_interface: network.bridge,
    internal: network.internal,
    ipv6_enabled: false,
    dns_enabled: false,
    subnets: [{ subnet: network.cidr }],
    labels: network.labels,
  };
}

interface PodmanInfo extends PodmanSays {
  readonly host?: PodmanSays['host'] & {
    readonly cgroupVersion?: string;
    readonly ociRuntime?: { readonly path?: string; readonly version?: string };
  };
  readonly version?: { readonly Version?: string };
}

async function evidenceOf({ client }: Connection, signal?: AbortSignal): Promise<Record<string, string>> {
  const info = await client.call<PodmanInfo>({
    method: 'GET',
    path: '/libpod/info',
    ...(signal === undefined ? {} : { signal }),
  });
  const { host, version } = info;
  return {
    podman: version?.Version ?? 'unknown',
    host: HOSTS[recogniseHost(podmanInfo(info, 'service'), readHere()).kind].title,
    mode: host?.security?.rootless === true ? 'rootless' : 'rootful',
    runtime: host?.ociRuntime?.path ?? 'unknown',
    runtimeVersion: host?.ociRuntime?.version?.split('\n')[0] ?? 'unknown',
    kernel: release(),
    cgroup: host?.cgroupVersion ?? 'unknown',
  };
}
