import type { Socket } from 'node:net';
import type { AuditLog } from './audit/log.ts';
import type { GatewayConfig } from './config.ts';
import { serveDnsDatagrams, serveDnsStream } from './dns/serve.ts';
import { createGate } from './gate.ts';
import { serveConnect, type ConnectParts } from './http/connect.ts';
import { valuesOf } from './http/headers.ts';
import { serveProxyPort } from './http/proxyPort.ts';
import { createHttpService, type HttpService } from './http/serve.ts';
import { createLookup } from './outward/lookup.ts';
import type { Sockets } from './sockets.ts';
import { serveTlsPort } from './tls/serve.ts';
import { breakAllTunnels } from './tunnel/join.ts';

/** What happens on each of the five sockets. */

/** Far above what agents use, and far below what a host has in descriptors. */
const MAX_CONNECTIONS_EACH = 1_024;

export interface Services {
  /** Serves these sockets from now on. */
  serve(sockets: Sockets): void;
  /** Ends all connections; their lines are in the log once the event loop has turned. */
  close(): void;
}

export function createServices(config: GatewayConfig, audit: AuditLog): Services {
  const gate = createGate({ config, audit, lookup: createLookup(config.hostAddresses) });
  const http: HttpService = createHttpService({
    gate,
    bottleId: config.bottleId,
    onConnect: (incoming, socket, rest) => {
      const request = {
        target: incoming.url ?? '',
        hosts: valuesOf(incoming.rawHeaders, 'host'),
        socket,
        rest,
      };
      settle(socket, serveConnect(parts, request));
    },
  });
  const parts: ConnectParts = { gate, acceptHttp: (socket, entrance) => http.accept(socket, entrance) };
  const dns = { config, audit };
  const onEach: Readonly<Record<Exclude<keyof Sockets, 'dnsUdp'>, (socket: Socket) => void>> = {
    proxy: (socket) => settle(socket, serveProxyPort(parts, socket)),
    http: (socket) => http.accept(socket, { via: 'http' }),
    https: (socket) => settle(socket, serveTlsPort(gate, socket)),
    dnsTcp: (socket) => serveDnsStream(dns, socket),
  };
  return {
    serve: (sockets) => {
      for (const name of ['proxy', 'http', 'https', 'dnsTcp'] as const) {
        const server = sockets[name];
        // A server that was received from another process has none of these set.
        Object.assign(server, { allowHalfOpen: true, noDelay: true });
        server.maxConnections = MAX_CONNECTIONS_EACH;
        server.on('connection', onEach[name]);
      }
      serveDnsDatagrams(dns, sockets.dnsUdp);
    },
    close: () => {
      http.close();
      breakAllTunnels();
    },
  };
}

/** A fault in serving one connection ends that connection. */
function settle(socket: Socket, serving: Promise<void>): void {
  socket.on('error', () => socket.destroy());
  serving.catch(() => socket.destroy());
}
