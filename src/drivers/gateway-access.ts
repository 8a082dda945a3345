import type { LaunchCheck, SidecarFiles, SidecarSockets } from '../contracts/gateway.ts';

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
