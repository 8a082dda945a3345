import type { Socket as DatagramSocket } from 'node:dgram';
import type { Server } from 'node:net';

/** The gateway's five sockets in a bottle, in every form. */

export interface Sockets {
  readonly proxy: Server;
  readonly http: Server;
  readonly https: Server;
  readonly dnsTcp: Server;
  /** Undefined where only streams reach the gateway: their carrier then sends queries by `dnsTcp` (RFC 7766). */
  readonly dnsUdp?: DatagramSocket;
}

export type SocketName = keyof Sockets;
