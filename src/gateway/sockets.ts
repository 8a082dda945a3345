import type { Socket as DatagramSocket } from 'node:dgram';
import type { Server } from 'node:net';

/** The gateway's five sockets in a bottle, however they came to be. */

export interface Sockets {
  readonly proxy: Server;
  readonly http: Server;
  readonly https: Server;
  readonly dnsTcp: Server;
  /** Undefined where only streams reach the gateway: who carries them asks by `dnsTcp` then (RFC 7766). */
  readonly dnsUdp?: DatagramSocket;
}

export type SocketName = keyof Sockets;

/** As the bottle sees them. */
export const PORTS: Readonly<Record<SocketName, number>> = {
  proxy: 3128,
  http: 80,
  https: 443,
  dnsTcp: 53,
  dnsUdp: 53,
};

/** Those that take connections. */
export const STREAMS = ['proxy', 'http', 'https', 'dnsTcp'] as const satisfies readonly SocketName[];
