/** What drivers, the launcher and the gateway all know about a gateway: its sockets, its files and its checks. */

/** The gateway's ports by the names of its sockets, as the bottle sees them in every form. */
export const GATEWAY_PORTS = { proxy: 3128, http: 80, https: 443, dnsTcp: 53, dnsUdp: 53 } as const;

/**
 * The sockets that carry streams. A gateway that opens Unix sockets uses these as file names; DNS queries over UDP then
 * reach `dnsTcp` as streams (RFC 7766).
 */
export const GATEWAY_STREAMS = [
  'proxy',
  'http',
  'https',
  'dnsTcp',
] as const satisfies readonly (keyof typeof GATEWAY_PORTS)[];

/**
 * The sockets that a gateway in a separate container opens: ports of an address in the bottle's network, or Unix sockets
 * in a folder.
 */
export type SidecarSockets =
  | { readonly kind: 'listen'; readonly address: string }
  | { readonly kind: 'unix'; readonly folder: string };

/** A folder or file of the host that is visible in a bottle, or in the container of a gateway. */
export interface Mount {
  readonly hostPath: string;
  readonly guestPath: string;
  readonly readOnly: boolean;
  /** The mount is no folder but the one Unix socket that programs in the bottle are meant to connect to. */
  readonly isSocket?: boolean;
}

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

/** A check from inside a bottle's network that held before the agent started. */
export interface LaunchCheck {
  readonly id: string;
  readonly claim: string;
  readonly evidence: string;
}
