/** The rungs of the isolation ladder and their names, which the manifest, the drivers and `verify` share. */

/** From weakest to strongest. */
export const BOUNDARIES = ['shared-kernel', 'user-kernel', 'vm'] as const;
export type Boundary = (typeof BOUNDARIES)[number];

export const RUNTIME_NAMES = [
  'bubblewrap',
  'runc',
  'crun',
  'runsc',
  'kata',
  'apple',
  'qemu',
  'firecracker',
] as const;
export type RuntimeName = (typeof RUNTIME_NAMES)[number];

/** The engines that make bottles: container engines, or a runtime that needs none. */
export const ENGINES = ['bubblewrap', 'docker', 'podman', 'apple', 'firecracker', 'qemu', 'nerdctl'] as const;
export type EngineName = (typeof ENGINES)[number];

/** The engines that the container driver supports. */
export type ContainerEngine = Extract<EngineName, 'docker' | 'podman'>;

/**
 * How the bottle is closed. `joined`: an opener joins a namespace that has only loopback, opens the gateway's sockets
 * there, and leaves. `holder`: a holder owns such a namespace and opens them. `bridge`: a bridge without an address of
 * the host, and a drop. `sockets`: the bottle is a machine without any interface, with mounted Unix sockets of its
 * gateway.
 */
export const NETWORK_FORMS = ['joined', 'holder', 'bridge', 'sockets'] as const;
export type NetworkForm = (typeof NETWORK_FORMS)[number];

/** Whether a bottle's gateway runs in a separate container, which the driver starts. */
export const hasSidecar = (form: NetworkForm): boolean => form === 'bridge' || form === 'sockets';

export interface Traits {
  /** The runtime brings its own network stack and does not use the namespace it is given. */
  readonly ownNetworkStack: boolean;
  /** The bottle has no interface; streams reach it only through mounted sockets of its gateway. */
  readonly onlySockets: boolean;
  /** Other containers can join its network: a holder or a gateway. */
  readonly hasCompanions: boolean;
  /** Who can enter a running bottle's network from outside and open sockets there. */
  readonly joinedBy: 'its user' | 'root' | 'nobody';
  /** The gateway's address in all forms except the bridge form. */
  readonly gatewayAddress: string;
  /** The bottle is made from an image, not from the host's own programs. */
  readonly needsImage: boolean;
  /** What the bottle writes to a mounted folder is on the host at once. If false, it is there after `bringOut`. */
  readonly sharesFiles: boolean;
  /** What enforces the limits of memory, cpu and pids: control groups, limits per process, or the size of a machine. */
  readonly limits: 'cgroup' | 'rlimit' | 'machine';
  /** A detached agent goes on, and a user can attach to it again. */
  readonly canDetach: boolean;
  /** The lowest `resources.pids` that the runtime can work with (gVisor counts its own threads). */
  readonly minPids: number;
  /** Programs in the bottle can connect to a mounted socket of the host. */
  readonly hostSockets: boolean;
  /**
   * The user who started the bottle can run a program in it as root of the bottle. If false, the bottle has no root.
   */
  readonly rootInside: boolean;
}

export interface Rung {
  readonly runtime: RuntimeName;
  readonly boundary: Boundary;
  /** Several engines may offer one runtime. */
  readonly engine: EngineName;
  /** The path of the engine's socket that a check found. Undefined: no check, or an engine with only one address. */
  readonly address?: string;
  readonly traits: Traits;
}
