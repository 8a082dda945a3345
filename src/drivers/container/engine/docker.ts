import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { mostOpenFiles } from '../../../host/process/process-limits.ts';
import { assetPath } from '../../../host/paths.ts';
import { run } from '../../../host/run.ts';
import { findProgram, programStamp } from '../../../host/system/programs.ts';
import { shimSays } from '../../kata/shim.ts';
import { suitedKata } from '../kata/suited.ts';
import type { RegisteredRuntime } from '../kata/registered.ts';
import { factsOfRuntime, type ContainerRuntime } from '../rungs.ts';
import { createEngineClient, type EngineClient } from '../../engine/client.ts';
import { DOCKER_API, findDockerSocket, unreachable } from '../../engine/docker-socket.ts';
import { recogniseHost, refusalOf, type EngineHost } from '../../engine/hosts/recognise.ts';
import { HOSTS } from '../../engine/hosts/table.ts';
import { dockerInfo, readHere, type DockerSays } from '../../engine/hosts/engine-info.ts';
import { isMissing, type Missing } from '../../engine/missing.ts';
import { missingAt, missingFor, unregistered, unsuitable } from './docker-missing.ts';
import { type Connection, type Engine, type EngineDialect, type NetworkPlan } from './engine.ts';

const LOOK_TIMEOUT_MS = 5_000;

/** The part of `GET /info` that this driver uses. */
interface Info extends DockerSays {
  readonly ID: string;
  readonly ServerVersion: string;
  readonly CgroupVersion: string;
  readonly Runtimes: Readonly<Record<string, RegisteredRuntime>>;
}

/** The part of `Info` that decides how bottles are made. */
type LookInfo = Pick<Info, 'ID' | 'ServerVersion' | 'SecurityOptions' | 'Runtimes'>;

/** Docker at the socket of DOCKER_HOST, of the current context, or at the default socket. */
export function createDocker(): Engine {
  const clients = new Map<string, EngineClient>();
  const open = (socketPath: string): EngineClient => {
    const client = clients.get(socketPath) ?? createEngineClient({ socketPath, prefix: DOCKER_API });
    clients.set(socketPath, client);
    return client;
  };
  const engine: Engine = {
    name: 'docker',
    isDaemon: true,
    // runc is part of Docker, so it is always registered.
    helper: async (options) => await engine.connect('runc', options),
    connect: async (runtime, { signal, address } = {}) => {
      const socketPath = address ?? (await findDockerSocket());
      if (typeof socketPath !== 'string') return missingFor(runtime, socketPath);
      const found = await connectTo({ client: open(socketPath), socketPath, runtime }, signal);
      return address !== undefined && isMissing(found) ? missingAt(address, found) : found;
    },
    evidence: async (connection, signal) =>
      await evidenceOf(await askInfo(connection.client, signal), connection),
  };
  return engine;
}

interface Target {
  readonly client: EngineClient;
  readonly socketPath: string;
  readonly runtime: ContainerRuntime;
}

async function connectTo(target: Target, signal?: AbortSignal): Promise<Connection | Missing> {
  try {
    const info = await askInfo(target.client, signal);
    return factsOfRuntime(target.runtime).isMachine
      ? await machineBy(info, target)
      : connectionBy(info, target);
  } catch (error) {
    signal?.throwIfAborted();
    return missingFor(target.runtime, unreachable(error));
  }
}

/** A connection to the engine that returned this information. The engine takes ten milliseconds for that answer. */
function connectionBy(info: Info, target: Target): Connection | Missing {
  const unsafe = refusalOf(hostOf(info)) ?? unsuitable(info);
  if (unsafe !== undefined) return unsafe;
  const registered = findRuntime(info.Runtimes, target.runtime);
  if (registered === undefined) return unregistered(target.runtime);
  const [runtimeKey, { runtimeArgs }] = registered;
  const { ownNetworkStack } = factsOfRuntime(target.runtime);
  return connectionOf(info, target, {
    runtimeKey,
    ownNetworkStack: ownNetworkStack && runtimeArgs?.includes('--network=host') !== true,
  });
}

/** A connection for a runtime that is a shim, after the same checks of the engine; then also checks the shim. */
async function machineBy(info: Info, target: Target): Promise<Connection | Missing> {
  const unsafe = refusalOf(hostOf(info)) ?? unsuitable(info);
  if (unsafe !== undefined) return unsafe;
  const kata = await suitedKata(info.Runtimes, info.ServerVersion);
  if (kata === undefined) return unregistered(target.runtime);
  if (isMissing(kata)) return kata;
  const { key: runtimeKey, shim } = kata;
  const { ownNetworkStack } = factsOfRuntime(target.runtime);
  return connectionOf(info, target, { runtimeKey, shim, ownNetworkStack });
}

const connectionOf = (
  info: Info,
  target: Target,
  found: Pick<Connection, 'runtimeKey' | 'ownNetworkStack' | 'shim'>,
): Connection => ({
  engine: 'docker',
  runtime: target.runtime,
  client: target.client,
  address: target.socketPath,
  lookKey: lookKeyOf(info, target.socketPath),
  cli: ['docker', '--host', `unix://${target.socketPath}`],
  ...found,
  body: bodyDialect(target.runtime, found.runtimeKey),
  dialect: dialectOf(info),
  helper: async () => connectionBy(info, { ...target, runtime: 'runc' }),
});

/**
 * Identifies everything that decides how this engine makes bottles: the daemon, and each runtime's registration and
 * program. `ID` identifies a daemon, and `Runtimes` has each path with its arguments: `GET /info` of Docker's engine
 * API reference. Pure except for the programs' stamps.
 */
export function lookKeyOf(info: LookInfo, socketPath: string): string {
  const runtimes = Object.entries(info.Runtimes)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, { path, runtimeArgs, runtimeType }]) => [
      key,
      path,
      runtimeArgs,
      runtimeType,
      path === undefined ? undefined : programStamp(path),
    ]);
  const { ID, ServerVersion, SecurityOptions } = info;
  return JSON.stringify([socketPath, ID, ServerVersion, SecurityOptions, runtimes]);
}

const hostOf = (info: Info): EngineHost => recogniseHost(dockerInfo(info), readHere());

const askInfo = async (client: EngineClient, signal?: AbortSignal): Promise<Info> =>
  await client.call<Info>({
    method: 'GET',
    path: '/info',
    timeoutMs: LOOK_TIMEOUT_MS,
    ...(signal === undefined ? {} : { signal }),
  });

/** JSON on one line, for use as a part of a call. */
export const compact = (json: string): string => JSON.stringify(JSON.parse(json));

/** The body dialect for containers of this runtime, which Docker has registered under this key. */
export const bodyDialect = (runtime: ContainerRuntime, runtimeKey: string = runtime): Connection['body'] => ({
  runtime: runtimeKey,
  isMachine: factsOfRuntime(runtime).isMachine,
  keepsInputOpen: factsOfRuntime(runtime).endsOutputWithInput,
  tmpfsOwnerOptions: ({ uid, gid }) => `uid=${uid},gid=${gid}`,
  tmpfsOptions: '',
  tmpfsBoundsFiles: true,
  addsTmpfsAt: [],
  openFiles: mostOpenFiles(),
  userProcesses: undefined,
  usernsMode: '',
  cgroupnsMode: 'private',
  seccompProfile: compact(readFileSync(assetPath('container/seccomp.json'), 'utf8')),
  seccompByContent: true,
  masksWholeList: true,
  ownHostnameWhenJoined: false,
});

function dialectOf(info: Info): EngineDialect {
  return {
    inspectPath: (container) => `/containers/${container}/json`,
    usernsMode: '',
    callsOwnIpcShareable: false,
    listsCapabilities: false,
    appArmor: info.SecurityOptions.some((option) => option.startsWith('name=apparmor')),
    mayShare: [],
    reportsOutOfMemory: true,
    meetsDockersFirewall: false,
    bridgesOnHost: true,
    networkCall: (network) => ({ path: '/networks/create', json: networkBody(network, majorVersion(info)) }),
  };
}

/**
 * The body of a bridge network without an address of the host. Docker 28 has a mode for that, which older versions
 * accept without any effect. Those have `inhibit_ipv4`, which leaves IPv6's link-local address; the drop blocks that.
 */
export function networkBody(network: NetworkPlan, major: number): unknown {
  const closed =
    major >= 28
      ? {
          'com.docker.network.bridge.gateway_mode_ipv4': 'isolated',
          'com.docker.network.bridge.gateway_mode_ipv6': 'isolated',
        }
      : { 'com.docker.network.bridge.inhibit_ipv4': 'true' };
  return {
    Name: network.name,
    Driver: 'bridge',
    Internal: network.internal,
    EnableIPv6: false,
    Labels: network.labels,
    IPAM: { Config: [{ Subnet: network.cidr }] },
    Options: { 'com.docker.network.bridge.name': network.bridge, ...(network.internal ? closed : {}) },
  };
}

const majorVersion = (info: Info): number => Number.parseInt(info.ServerVersion, 10);

/** Finds the runtime under its own name, or else under any key whose program has that name. */
export function findRuntime(
  registered: Info['Runtimes'],
  wanted: ContainerRuntime,
): readonly [key: string, runtime: RegisteredRuntime] | undefined {
  const byKey = registered[wanted];
  if (byKey !== undefined) return [wanted, byKey];
  return Object.entries(registered).find(
    ([key, { path, runtimeType }]) =>
      !key.startsWith('io.containerd.') && (basename(path ?? '') === wanted || runtimeType === wanted),
  );
}

async function evidenceOf(info: Info, { runtimeKey, shim }: Connection): Promise<Record<string, string>> {
  const path = shim ?? info.Runtimes[runtimeKey]?.path;
  return {
    docker: info.ServerVersion,
    host: HOSTS[hostOf(info).kind].title,
    runtimeKey,
    runtime: [path ?? runtimeKey, ...(info.Runtimes[runtimeKey]?.runtimeArgs ?? [])].join(' '),
    ...(path === undefined
      ? {}
      : { runtimeVersion: await (shim === undefined ? versionOf(path) : shimSays(shim)) }),
    kernel: info.KernelVersion,
    cgroup: `v${info.CgroupVersion}`,
    security: info.SecurityOptions.join(' '),
  };
}

/** The first line of `PROGRAM --version`; prefers the program in PATH. */
async function versionOf(program: string): Promise<string> {
  const { stdout } = await run(findProgram(basename(program)) ?? program, ['--version'], {
    timeoutMs: LOOK_TIMEOUT_MS,
  });
  return stdout.split('\n')[0]?.trim() || 'unknown';
}
