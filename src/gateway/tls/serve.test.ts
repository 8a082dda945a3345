import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, connect as connectPlainly, createServer as listen } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type ConnectionOptions } from 'node:tls';
import { expect, test, describe } from 'vitest';
import { AuditLog } from '../audit/log.ts';
import type { Rule } from '../config.ts';
import { gateBy } from '../gate/gate.testing.ts';
import { createLivePolicy } from '../gate/live-policy.ts';
import type { Found } from '../outward/lookup.ts';
import { Wire } from '../tunnel/wire.ts';
import { serveTlsPort, describeHandshake, type HandshakeFault } from './serve.ts';
import { spawn } from 'node:child_process';
import { createAuthority } from './authority/authority.ts';
import { createTlsServers } from './servers.ts';

const RULE: Rule = { id: 'allow[0]', host: 'a.test', port: 443, scheme: 'https' };
const DENYING: Rule = { id: 'deny[0]', host: 'a.test', port: 0, scheme: 'tcp' };
const ASTRAY: Found = { kind: 'address', refused: 'leads to 10.0.0.1 (private)' };
const NOWHERE: Found = { kind: 'lookup', refused: 'does not resolve (ENOTFOUND)' };

interface Refusing {
  readonly deny?: readonly Rule[];
  readonly found?: Found;
  readonly isOpen?: boolean;
}

/** Returns the alert that a TLS client receives when it asks for a.test. */
async function alertTo(rule: Rule, { deny = [], found = ASTRAY, isOpen = true }: Refusing): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'bot-bottle-tls-'));
  const audit = new AuditLog({ path: join(folder, 'egress.jsonl'), bottleId: 'b1' });
  const lookup = async (): Promise<Found> => await Promise.resolve(found);
  const gate = gateBy(createLivePolicy({ allow: [rule], deny }), audit, { lookup, isOpen: () => isOpen });
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    void serveTlsPort({ gate, servers: undefined, acceptSecure: () => undefined }, Wire.of(socket));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = connect({ port, host: '127.0.0.1', servername: 'a.test' });
  const [error] = (await once(client, 'error')) as [NodeJS.ErrnoException];
  server.close();
  audit.close();
  rmSync(folder, { recursive: true });
  return error.code ?? error.message;
}

const DECIDED = 'ERR_SSL_TLSV1_ALERT_ACCESS_DENIED';
const FOR_NOW = 'ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR';

test.each<[string, Refusing, string]>([
  ['a rule denies it', { deny: [DENYING] }, DECIDED],
  ['its name leads where it must not', { found: ASTRAY }, DECIDED],
  ['its name is not found', { found: NOWHERE }, FOR_NOW],
  ['the bottle is not open yet', { isOpen: false }, FOR_NOW],
])(
  'when %s, the alert shows whether that is a decision, with opened TLS or not',
  async (_, refusing, alert) => {
    expect(await alertTo(RULE, refusing)).toBe(alert);
    expect(await alertTo({ ...RULE, opensTls: true }, refusing)).toBe(alert);
  },
);

test('missing certificates for opened TLS cause an alert that is not a decision', async () => {
  expect(await alertTo({ ...RULE, opensTls: true, addresses: ['192.0.2.1'] }, {})).toBe(FOR_NOW);
});

const authority = createAuthority('b1', { names: ['a.test'], addresses: [] });

/** Returns the fault of a client that fails. */
async function failing(
  begin: (port: number) => { destroy: () => void },
): Promise<HandshakeFault | undefined> {
  const servers = createTlsServers(authority);
  const listener = listen().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const client = begin((listener.address() as AddressInfo).port);
  const [socket] = await once(listener, 'connection');
  const fault = await servers.open(socket, 'a.test').then(() => undefined, describeHandshake);
  client.destroy();
  listener.close();
  return fault;
}

const secure =
  (options: ConnectionOptions) =>
  (port: number): { destroy: () => void } =>
    connect({ port, host: '127.0.0.1', servername: 'a.test', rejectUnauthorized: false, ...options }).on(
      'error',
      () => undefined,
    );
const OLD = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const;
/** A client that says why it trusts no certificate: OpenSSL's does, Node's does not. */
function distrusting(port: number): { destroy: () => void } {
  const args = ['s_client', '-connect', `127.0.0.1:${port}`, '-servername', 'a.test', '-verify_return_error'];
  const client = spawn('openssl', args, { stdio: 'ignore' });
  return { destroy: () => void client.kill() };
}

describe('failed handshakes', () => {
  test('distinguish a client with another protocol from one that does not trust the certificate', async () => {
    expect(await failing(secure({ ALPNProtocols: ['postgresql'] }))).toEqual({
      rule: 'gateway.not-http',
      reason: 'the client wants another protocol than HTTP inside TLS',
    });
  });

  test.each([
    ['speaks old TLS', secure(OLD), 'it does not support TLS 1.2 or later'],
    ['offers old ciphers', secure({ maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA' }), 'no secure cipher'],
    [
      'closes on what it does not trust',
      secure({ rejectUnauthorized: true }),
      'do not trust the certificate',
    ],
    ['says that it does not trust', distrusting, 'does not trust the authority of the bottle'],
    [
      'speaks no TLS',
      (port: number) =>
        connectPlainly(port, '127.0.0.1')
          .end('hello, is it TLS?')
          .on('error', () => undefined),
      'wrong version number',
    ],
  ])(
    'are described in words, without places in the source of OpenSSL, when a client %s',
    async (_, begin, words) => {
      const fault = await failing(begin);
      expect(fault?.rule).toBe('gateway.handshake');
      expect(fault?.reason).toContain(words);
      expect(fault?.reason).not.toMatch(/\.c:|routines|\n/);
    },
  );
});
