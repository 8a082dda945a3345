import type { AuditLog } from './audit/log.ts';
import { Budget } from './budget/budget.ts';
import type { GatewayConfig } from './config.ts';
import { createControls } from './control/controls.ts';
import type { Controls } from './control/serve.ts';
import { serveDnsDatagrams, serveDnsStream } from './dns/serve.ts';
import { createGate } from './gate/gate.ts';
import { guessed } from './gate/gate-refusals.ts';
import { type ConnectParts, serveConnect, serveProxyPort } from './http/client/connect.ts';
import { UPSTREAM_SILENCE_MS } from './http/exchange/upstream-timeout.ts';
import { createHttpService, type HttpService } from './http/serve.ts';
import { createDialTls } from './outward/dial-tls.ts';
import { createLivePolicy } from './gate/live-policy.ts';
import { createLookup } from './outward/lookup.ts';
import type { Sockets } from './sockets.ts';
import type { Authority } from './tls/authority/authority.ts';
import { serveTlsPort, type TlsParts } from './tls/serve.ts';
import { createTlsServers } from './tls/servers.ts';
import { inspectingNames } from './gate/inspect-host.ts';
import type { InspectLogTexts } from './gate/withhold.ts';
import type { LiveScreen } from './screen/live.ts';
import { acceptSockets, acceptWires } from './tunnel/accept.ts';
import { breakAllTunnels, keepTunnelsAlive } from './tunnel/join.ts';
import type { Wire } from './tunnel/wire.ts';

/** Serves each of the five sockets. */

const KEEP_ALIVE_EVERY_MS = 30_000;

export interface Services {
  /** Serves these sockets from now on. */
  serve(sockets: Sockets): void;
  /** All launch checks have held: from now on, requests may get out. */
  open(): void;
  /** The controls of the launcher. */
  readonly controls: Controls;
  /** Ends all connections; their lines are in the log once the event loop has turned. */
  close(): void;
}

export interface ServiceParts {
  readonly audit: AuditLog;
  /** Undefined where no rule opens TLS. */
  readonly authority: Authority | undefined;
  readonly screen: LiveScreen;
}

/** Creates everything behind the sockets from the configuration; serves nothing before `serve`. */
export function createServices(config: GatewayConfig, { audit, authority, screen }: ServiceParts): Services {
  let isOpen = false;
  const lookup = createLookup(config);
  const policy = createLivePolicy(config.policy, config.learns);
  const budget = new Budget(config.limits ?? {});
  screen.guesses.onOver((secret) => policy.close(guessed(secret)));
  const inspectHost = inspectingNames(screen.inspector);
  const inspectLogTexts: InspectLogTexts = (texts) => screen.inspector.logTexts(texts);
  const gate = createGate({
    config,
    policy,
    audit,
    lookup,
    budget,
    inspectHost,
    inspectLogTexts,
    isOpen: () => isOpen,
  });
  const { upstreamSilenceMs = UPSTREAM_SILENCE_MS } = config;
  const http: HttpService = createHttpService({
    gate,
    screen,
    bottleId: config.bottleId,
    dialTls: createDialTls(config.trustPath, upstreamSilenceMs),
    upstreamSilenceMs,
    onConnect: (request) => settle(request.wire, serveConnect(parts, request)),
  });
  const tls: TlsParts = {
    gate,
    servers: authority === undefined ? undefined : createTlsServers(authority),
    acceptSecure: (secure, entrance) => http.acceptSecure(secure, entrance),
  };
  const parts: ConnectParts = { gate, tls, acceptHttp: (wire, entrance) => http.acceptWire(wire, entrance) };
  const dns = { policy, gatewayAddress: config.gatewayAddress, audit, inspectHost, inspectLogTexts };
  setInterval(keepTunnelsAlive, KEEP_ALIVE_EVERY_MS).unref();
  return {
    serve: ({ proxy, http: httpServer, https, dnsTcp, dnsUdp }) => {
      acceptWires(proxy, (wire) => settle(wire, serveProxyPort(parts, wire)));
      acceptWires(https, (wire) => settle(wire, serveTlsPort(tls, wire)));
      acceptWires(httpServer, (wire) => http.acceptWire(wire, { via: 'http' }));
      acceptSockets(dnsTcp, (socket) => serveDnsStream(dns, socket));
      if (dnsUdp !== undefined) serveDnsDatagrams(dns, dnsUdp);
    },
    open: () => {
      isOpen = true;
    },
    controls: createControls({ config, audit, policy, screen, dropIdle: () => http.dropIdle() }),
    close: () => {
      http.close();
      breakAllTunnels();
    },
  };
}

/** An error while serving a connection ends only that connection. */
function settle(wire: Wire, serving: Promise<void>): void {
  serving.catch(() => wire.destroy());
}
