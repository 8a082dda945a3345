import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { PORTS, type Sockets } from './sockets.ts';

/** The five sockets of a gateway in a container of its own, beside the bottle on a bridge. @throws Error when a port is taken */
export async function listenOn(address: string): Promise<Sockets> {
  const sockets: Sockets = {
    proxy: createServer(),
    http: createServer(),
    https: createServer(),
    dnsTcp: createServer(),
    dnsUdp: createSocket('udp4'),
  };
  for (const name of ['proxy', 'http', 'https', 'dnsTcp'] as const) {
    sockets[name].listen({ host: address, port: PORTS[name] });
    await once(sockets[name], 'listening');
  }
  sockets.dnsUdp.bind({ address, port: PORTS.dnsUdp, exclusive: true });
  await once(sockets.dnsUdp, 'listening');
  return sockets;
}
