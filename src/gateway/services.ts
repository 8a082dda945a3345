import type { Socket } from 'node:net';
import type { AuditLog } from './audit/log.ts';
import type { GatewayConfig } from './config.ts';
import { serveDnsDatagrams, serveDnsStream } from './dns/serve.ts';
import { createGate } from './gate.ts';
import { serveConnect, type ConnectParts } from './http/connect.ts';
import { serveProxyPort } from './http/proxyPort.ts';
import { createHttpService, type HttpService } from './http/serve.ts';
import { createLookup } from './outward/lookup.ts';
import type { Sockets } from './sockets.ts';
import { serveTlsPort } from './tls/serve.ts';
import { breakAllTunnels } from './tunnel/join.ts';
import { Wire } from './tunnel/wire.ts';

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
    onConnect: (request) => settle(request.wire, serveConnect(parts, request)),
  });
  const parts: ConnectParts = { gate, acceptHttp: (wire, entrance) => http.acceptWire(wire, entrance) };
  const dns = { config, audit };
  const onEach: Readonly<Record<Exclude<keyof Sockets, 'dnsUdp'>, (socket: Socket) => void>> = {
    proxy: (socket) => {
      const wire = Wire.of(socket);
      settle(wire, serveProxyPort(parts, wire));
    },
    http: (socket) => http.acceptSocket(socket),
    https: (socket) => {
      const wire = Wire.of(socket);
      settle(wire, serveTlsPort(gate, wire));
    },
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
function settle(wire: Wire, serving: Promise<void>): void {
  serving.catch(() => wire.destroy());
}
