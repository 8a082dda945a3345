import type { BodyDialect } from '../body/hardening.ts';
import type { ContainerRuntime } from '../rungs.ts';
import type { ContainerEngine } from '../../../contracts/rungs.ts';
import type { EngineClient } from '../../engine/client.ts';
import type { Missing } from '../../engine/missing.ts';

/** A connection to one engine, for one of its runtimes. */
export interface Connection {
  readonly engine: ContainerEngine;
  readonly runtime: ContainerRuntime;
  readonly client: EngineClient;
  /** As in `Rung`: the path of the engine's socket. */
  readonly address?: string;
  /** The engine's own program, with options that select the same engine. Runs pulls and builds. */
  readonly cli: readonly [program: string, ...options: string[]];
  /** The runtime's name in the output of `inspect`. */
  readonly runtimeKey: string;
  /** Name or path of containerd's shim for the runtime, if it is not the engine's own. */
  readonly shim?: string | undefined;
  /** The runtime, as registered here, ignores the network namespace that it is given. */
  readonly ownNetworkStack: boolean;
  /** As `Driver.lookKey`: identifies everything that decides how this engine makes bottles. */
  readonly lookKey: string;
  readonly body: BodyDialect;
  readonly dialect: EngineDialect;
  /** A connection for containers whose runtime must use the given namespace, such as the holder. */
  helper(signal?: AbortSignal): Promise<Connection | Missing>;
}

/** The differences between engines, except those in the body of a container. */
export interface EngineDialect {
  inspectPath(container: string): string;
  /** The value that `inspect` shows for the user namespace of a bottle. */
  readonly usernsMode: string;
  /** `inspect` shows every private IPC namespace of a container as `shareable`. */
  readonly callsOwnIpcShareable: boolean;
  /** `inspect` lists dropped capabilities one by one, and also the resulting sets. */
  readonly listsCapabilities: boolean;
  readonly appArmor: boolean;
  /** Namespaces of the host that the engine always shares on this host. */
  readonly mayShare: readonly 'cgroup'[];
  /** The engine emits an event when a container reaches its memory limit. */
  readonly reportsOutOfMemory: boolean;
  /** This engine's bridges meet Docker's firewall, if Docker runs too: its rules do not know them. */
  readonly meetsDockersFirewall: boolean;
  /** The engine makes its networks in this host's own network namespace, where the drop is installed. */
  readonly bridgesOnHost: boolean;
  /** The call that makes a network. */
  networkCall(network: NetworkPlan): { readonly path: string; readonly json: unknown };
}

/** The address as a part of a rung or a resource; an empty object if the engine has none. Pure. */
export const addressOf = ({ address }: Pick<Connection, 'address'>): Pick<Connection, 'address'> =>
  address === undefined ? {} : { address };

export interface NetworkPlan {
  readonly name: string;
  readonly bridge: string;
  readonly cidr: string;
  readonly internal: boolean;
  readonly labels: Readonly<Record<string, string>>;
}

export interface ConnectOptions {
  readonly signal?: AbortSignal | undefined;
  /** As in `Rung`. Undefined: the engine that the environment names. */
  readonly address?: string | undefined;
}

export interface Engine {
  readonly name: ContainerEngine;
  /** Connecting to this engine only asks it, and starts nothing. */
  readonly isDaemon: boolean;
  /** A connection for containers of this runtime. Never throws for a problem that a user can fix. */
  connect(runtime: ContainerRuntime, options?: ConnectOptions): Promise<Connection | Missing>;
  /** A connection whose runtime uses the given namespaces, for containers that do not depend on a bottle's runtime. */
  helper(options?: ConnectOptions): Promise<Connection | Missing>;
  /** The `lookKey` of a connection, if it is known without connecting. */
  readonly lookKeyUnasked?: (runtime: ContainerRuntime) => string;
  /** Versions and paths for the receipt. May be slow: only the check calls it. */
  evidence(connection: Connection, signal?: AbortSignal): Promise<Record<string, string>>;
}
