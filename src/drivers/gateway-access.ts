import type { LaunchCheck, Mount } from './driver.ts';

/**
 * What a gateway in a separate container needs from the host. The paths inside are fixed, because a path of the host,
 * such as one below /root, may not be accessible to the container's user.
 */
export interface SidecarFiles {
  /** The path inside; the program's argument. */
  readonly configPath: string;
  /** Returns the text for its standard input. A function, so that nothing that prints a plan shows the text. */
  readonly input: () => string;
  readonly mounts: readonly Mount[];
  /** Unix sockets that it opens inside, and their paths on the host. */
  readonly published: readonly { readonly hostPath: string; readonly guestPath: string }[];
}

/** The sockets of such a gateway: ports on an address of the bottle's network, or Unix sockets in a separate folder. */
export type SidecarSockets =
  | { readonly kind: 'listen'; readonly address: string }
  | { readonly kind: 'unix'; readonly folder: string };

/** The names, in that folder, of the sockets that carry streams. DNS queries over UDP reach `dnsTcp` as streams. */
export const GATEWAY_STREAMS = ['proxy', 'http', 'https', 'dnsTcp'] as const;

/** What a driver needs to know about the gateway to connect the bottle to it. */
export interface GatewayAccess {
  /** Resolves when the relay's socket exists and an opener may connect. */
  readonly listening: Promise<void>;
  /** Not in the bridge form: resolves when the bottle's own files contain the certificate that it must trust. */
  readonly trusted: Promise<void>;
  /**
   * Settles once the gateway process serves all five sockets of the bottle and the opener's launch checks from inside
   * the bottle's network all held; rejects if the gateway dies or a check fails.
   */
  readonly ready: Promise<readonly LaunchCheck[]>;
  /**
   * With a sidecar: writes the configuration of a gateway that opens these sockets. The driver starts it as a sidecar
   * container (as `gatewayOwner()`) and reads the `GatewayEvent`s from its output. A foreign gateway writes no events;
   * its launch checks show whether it serves. `listening` and `ready` are unused then.
   */
  readonly configureSidecar: (sockets: SidecarSockets) => Promise<SidecarFiles>;
  /**
   * With a sidecar: makes the bottle trust the `authority` that the sidecar reports. Called before the agent starts.
   */
  readonly trustAuthority: (certificate: string) => Promise<void>;
}
