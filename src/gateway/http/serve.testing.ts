import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { duplexPair, type Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { AuditLog } from '../audit/log.ts';
import type { BudgetLimits, Rule } from '../config.ts';
import { gateBy } from '../gate/gate.testing.ts';
import { createLivePolicy } from '../gate/live-policy.ts';
import type { Protocol } from '../outward/dial-tls.ts';
import { createScreen, NO_SECRETS } from '../screen/screen.ts';
import { createHttpService } from './serve.ts';

/** A gateway's HTTP in memory, from a client inside opened TLS to hosts, for tests. */

export interface GatewayParts {
  readonly rule?: Partial<Rule>;
  readonly limits?: BudgetLimits;
  /** The protocol of both sides. */
  readonly protocol?: Protocol;
  /** Serves a new connection as its host. */
  readonly serve: (connection: Duplex) => void;
}

export interface TestGateway extends Disposable {
  /** Returns the client's side of a new connection. */
  readonly connect: () => Duplex;
  /** Returns the log so far. */
  readonly log: () => string;
}

const RULE: Rule = {
  id: 'allow[0]',
  host: 'a.test',
  port: 443,
  scheme: 'https',
  opensTls: true,
  addresses: ['192.0.2.1'],
};

/** Returns a gateway with one rule, for the host a.test. */
export function openGateway({ rule, limits = {}, protocol = 'http/1.1', serve }: GatewayParts): TestGateway {
  const folder = mkdtempSync(join(tmpdir(), 'bot-bottle-http-'));
  const path = join(folder, 'egress.jsonl');
  const audit = new AuditLog({ path, bottleId: 'b1' });
  const policy = createLivePolicy({ allow: [{ ...RULE, ...rule }], deny: [] });
  const gate = gateBy(policy, audit, { limits });
  const secured = (connection: Duplex): TLSSocket =>
    Object.assign(connection as TLSSocket, { alpnProtocol: protocol });
  const http = createHttpService({
    gate,
    screen: createScreen({ secrets: NO_SECRETS, rules: [], basicUsers: [] }),
    bottleId: 'b1',
    dialTls: async () => {
      const [ours, theirs] = joined();
      serve(theirs);
      return await Promise.resolve(secured(ours));
    },
    upstreamSilenceMs: 20_000,
    onConnect: () => undefined,
  });
  return {
    log: () => readFileSync(path, 'utf8'),
    connect: () => {
      const [ours, theirs] = joined();
      const bound = { host: { kind: 'name', host: 'a.test' }, port: 443 } as const;
      http.acceptSecure(secured(ours), { via: 'tls', isSecure: true, tls: 'TLSv1.3', bound });
      return theirs;
    },
    [Symbol.dispose]: () => {
      http.close();
      audit.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Returns both ends of a connection. When one closes, so does the other. */
function joined(): [Duplex, Duplex] {
  const [ours, theirs] = duplexPair();
  for (const [one, other] of [
    [ours, theirs],
    [theirs, ours],
  ] as const)
    one.on('error', () => undefined).once('close', () => setImmediate(() => other.destroy()));
  return [ours, theirs];
}

/** Returns everything that arrives on a connection until its end, as Latin-1. */
export async function receivedOn(connection: Duplex): Promise<string> {
  let heard = '';
  connection.on('data', (bytes: Buffer) => (heard += bytes.toString('latin1')));
  connection.once('end', () => connection.destroy());
  await once(connection, 'close');
  return heard;
}
