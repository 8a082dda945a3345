import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect as connectPlainly, createServer as listen, type AddressInfo } from 'node:net';
import { connect, type ConnectionOptions } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { createAuthority } from './authority/authority.ts';
import { describeHandshake, type HandshakeFault } from './handshake-fault.ts';
import { createTlsServers } from './servers.ts';

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

describe('a client that', () => {
  test('wants to speak something else than HTTP is told from one that does not trust', async () => {
    expect(await failing(secure({ ALPNProtocols: ['postgresql'] }))).toEqual({
      rule: 'gateway.not-http',
      reason: 'what the client wants to speak inside TLS is no HTTP',
    });
  });

  test.each([
    ['speaks old TLS', secure(OLD), 'no version of TLS from 1.2 on'],
    ['offers old ciphers', secure({ maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA' }), 'no cipher'],
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
  ])('%s is told so in words, without places in OpenSSL’s source', async (_, begin, words) => {
    const fault = await failing(begin);
    expect(fault?.rule).toBe('gateway.handshake');
    expect(fault?.reason).toContain(words);
    expect(fault?.reason).not.toMatch(/\.c:|routines|\n/);
  });
});
