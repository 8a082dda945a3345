import { type Socket as DatagramSocket, createSocket } from 'node:dgram';
import { type Server, createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { GATEWAY_PORTS, GATEWAY_STREAMS, type SidecarSockets } from '../contracts/gateway.ts';

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

/**
 * Opens the sockets of a gateway in a separate container.
 * @throws Error when an address or path is in use
 */
export async function openSockets(sockets: SidecarSockets): Promise<Sockets> {
  return sockets.kind === 'listen'
    ? await listenOn(sockets.address)
    : await openStreams((name) => ({ path: join(sockets.folder, name) }));
}

/** Opens the five sockets of a gateway that shares a bridge with the bottle. */
async function listenOn(address: string): Promise<Sockets> {
  const streams = await openStreams((name) => ({ host: address, port: GATEWAY_PORTS[name] }));
  const dnsUdp = createSocket('udp4');
  dnsUdp.bind({ address, port: GATEWAY_PORTS.dnsUdp, exclusive: true });
  await once(dnsUdp, 'listening');
  return { ...streams, dnsUdp };
}

type Place = { readonly host: string; readonly port: number } | { readonly path: string };

async function openStreams(placeOf: (name: (typeof GATEWAY_STREAMS)[number]) => Place): Promise<Sockets> {
  const streams = {
    proxy: createServer(),
    http: createServer(),
    https: createServer(),
    dnsTcp: createServer(),
  };
  for (const name of GATEWAY_STREAMS) {
    streams[name].listen(placeOf(name));
    await once(streams[name], 'listening');
  }
  return streams;
}
