import type { Boundary, RuntimeName } from '../contracts/rungs.ts';

/** What isolates: the rungs of the ladder, and what differs between them. */

export * from '../contracts/rungs.ts';

/**
 * How the bottle is closed. The gateway's sockets are opened in a namespace that has only loopback: by an opener that joins
 * it and leaves, or by a holder that owns it; or there is a bridge without an address of the host, and a drop; or the bottle
 * is a machine without any interface, and has Unix sockets of its gateway's.
 */
export const NETWORK_FORMS = ['joined', 'holder', 'bridge', 'sockets'] as const;
export type NetworkForm = (typeof NETWORK_FORMS)[number];

/** Whether a bottle's gateway is in a container of its own, which the driver starts. */
export const hasSidecar = (form: NetworkForm): boolean => form === 'bridge' || form === 'sockets';

export interface Traits {
  /** The runtime brings its own network stack and does not use the namespace it is given. */
  readonly ownNetworkStack: boolean;
  /** The bottle has no interface; streams reach it by sockets of its gateway's that are mounted, and in no other way. */
  readonly onlySockets: boolean;
  /** Other containers can be beside it, in its network: who holds that, or a gateway. */
  readonly hasCompanions: boolean;
  /** Who can enter a bottle's network from outside, once it runs, and open it there. */
  readonly joinedBy: 'its user' | 'root' | 'nobody';
  /** The gateway's address in all forms but the bridge. */
  readonly gatewayAddress: string;
  /** The bottle is made from an image; otherwise from the host's own programs. */
  readonly needsImage: boolean;
  /** What is written to a mounted folder is at once in the host's. Where not, it is there after `bringOut`. */
  readonly sharesFiles: boolean;
  /** What enforces memory, cpu and pids limits: control groups, limits of each process, or the size of a machine. */
  readonly limits: 'cgroup' | 'rlimit' | 'machine';
  /** An agent that is detached goes on, and can be attached to again. */
  readonly canDetach: boolean;
  /** The lowest `resources.pids` the runtime can work with (gVisor counts its own threads). */
  readonly minPids: number;
  /** A socket of the host that is mounted can be connected to. */
  readonly hostSockets: boolean;
  /** Whoever started the bottle can run something in it as root of the bottle; else there is no root in it. */
  readonly rootInside: boolean;
}

export interface Rung {
  readonly runtime: RuntimeName;
  readonly boundary: Boundary;
  /** One of `ENGINES`, or the runtime itself. One runtime may be offered by several engines. */
  readonly engine: string;
  /** The path of the engine's socket, as a look found it. Undefined: nobody looked, or the engine has no address to choose. */
  readonly address?: string;
  readonly traits: Traits;
}
