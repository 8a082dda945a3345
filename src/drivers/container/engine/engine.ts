import type { BodyDialect } from '../hardening.ts';
import type { ContainerRuntime, EngineName } from '../rungs.ts';
import type { EngineClient } from '../../engine/client.ts';
import type { Missing } from '../../engine/missing.ts';

/** One engine and one of its runtimes, ready to be asked. */
export interface Connection {
  readonly engine: EngineName;
  readonly runtime: ContainerRuntime;
  readonly client: EngineClient;
  /** As in `Rung`: the engine's socket. */
  readonly address?: string;
  /** The engine's own program, set to the same engine: pulls and builds go through it. */
  readonly cli: readonly [program: string, ...options: string[]];
  /** How `inspect` names the runtime. */
  readonly runtimeKey: string;
  /** Name or path of containerd's shim for it, where it is not the engine's own. */
  readonly shim?: string | undefined;
  /** The runtime ignores the network namespace that it is given, as it is registered here. */
  readonly ownNetworkStack: boolean;
  /** What decides how bottles are made by it: as `Driver.lookKey`. */
  readonly lookKey: string;
  readonly body: BodyDialect;
  readonly dialect: EngineDialect;
  /** Where containers are made whose runtime must use the namespace that it is given: the holder. */
  helper(signal?: AbortSignal): Promise<Connection | Missing>;
}

/** What differs between engines besides the body of a container. */
export interface EngineDialect {
  inspectPath(container: string): string;
  /** What `inspect` calls the user namespace that a bottle asks for. */
  readonly usernsMode: string;
  /** `inspect` calls every IPC namespace of the container's own `shareable`. */
  readonly callsOwnIpcShareable: boolean;
  /** Dropped capabilities are listed one by one, and the resulting sets with them. */
  readonly listsCapabilities: boolean;
  readonly appArmor: boolean;
  /** Namespaces of the host that the engine always shares on this host. */
  readonly mayShare: readonly 'cgroup'[];
  /** A container that meets its memory limit is an event. */
  readonly reportsOutOfMemory: boolean;
  /** Docker's rules, where it runs too, know nothing of this engine's bridges. */
  readonly meetsDockersFirewall: boolean;
  /** The engine's networks are made in this host's own network namespace, where the drop is installed. */
  readonly bridgesOnHost: boolean;
  /** A network without a way to the host. */
  networkCall(network: NetworkPlan): { readonly path: string; readonly json: unknown };
}

/** The address as a part of a rung or a resource; nothing where the engine has none. Pure. */
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
  readonly name: EngineName;
  /** To connect is to ask, and starts nothing. */
  readonly isDaemon: boolean;
  /** A connection for containers of this runtime. Never throws for what a user can mend. */
  connect(runtime: ContainerRuntime, options?: ConnectOptions): Promise<Connection | Missing>;
  /** A connection whose runtime uses the namespaces that it is given, for what does not depend on a bottle's. */
  helper(options?: ConnectOptions): Promise<Connection | Missing>;
  /** `lookKey` of a connection, where that is known without one. */
  readonly lookKeyUnasked?: (runtime: ContainerRuntime) => string;
  /** Versions and paths for the receipt. May take a while: only the check asks. */
  evidence(connection: Connection, signal?: AbortSignal): Promise<Record<string, string>>;
}
