import type { LaunchCheck, Mount } from './driver.ts';

/**
 * What a gateway in a container of its own needs of the host. The places inside are fixed ones: a path of the host's, such as
 * one below /root, need not be passable for its user there.
 */
export interface SidecarFiles {
  /** Inside: the program's argument. */
  readonly configPath: string;
  /** For its standard input; a function, so that nothing that prints a plan shows it. */
  readonly input: () => string;
  readonly mounts: readonly Mount[];
  /** Unix sockets that it opens inside, and the host needs at these places. */
  readonly published: readonly { readonly hostPath: string; readonly guestPath: string }[];
}

/** What such a gateway opens: ports of an address of the bottle's network, or Unix sockets in a folder of its own. */
export type SidecarSockets =
  | { readonly kind: 'listen'; readonly address: string }
  | { readonly kind: 'unix'; readonly folder: string };

/** Those that carry streams, as they are called in that folder. Questions of UDP reach `dnsTcp` as streams. */
export const GATEWAY_STREAMS = ['proxy', 'http', 'https', 'dnsTcp'] as const;

/** What a driver needs to know of the gateway to connect the bottle with it. */
export interface GatewayAccess {
  /** The relay's socket exists and an opener may connect. */
  readonly listening: Promise<void>;
  /** Not in the bridge form: the bottle's own files hold whom it is to trust. */
  readonly trusted: Promise<void>;
  /**
   * Settles once the gateway process serves all five sockets of the bottle and the opener has made its launch checks
   * from inside the bottle's network, all held; rejects if the gateway dies or a check fails.
   */
  readonly ready: Promise<readonly LaunchCheck[]>;
  /**
   * With a sidecar: writes the configuration of a gateway that opens these sockets. The driver starts it as a sidecar container (as `gatewayOwner()`) and reads the `GatewayEvent`s from its output; a
   * foreign one writes none, and its launch checks say whether it serves. `listening` and `ready` are not used then.
   */
  readonly configureSidecar: (sockets: SidecarSockets) => Promise<SidecarFiles>;
  /** With a sidecar: has the bottle trust what the sidecar reports as its `authority`. Called before the agent is started. */
  readonly trustAuthority: (certificate: string) => Promise<void>;
}
