import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { describe, expect, test } from 'vitest';
import type { Asked } from '../../gate/gate.ts';
import { createScrub } from '../../inject/scrub/scrub.ts';
import { dialHttp, dialTunnel } from '../../outward/dial.ts';
import { createDialTls } from '../../outward/dial-tls.ts';
import { createAuthority } from '../../tls/authority/authority.ts';
import { upstreamFailed } from './error-response.ts';
import { faultOf, proxyErrorOf, scrubbedFault } from './fault.ts';
import { answerTo } from '../upstream/h1.testing.ts';
import { withAnswerTimeout } from './upstream-timeout.ts';

const coded = (code: string, message: string): Error => Object.assign(new Error(message), { code });

test.each([
  [coded('ECONNRESET', 'socket hang up'), 'the upstream broke off the connection (socket hang up)'],
  [coded('ECONNREFUSED', 'connect ECONNREFUSED 192.0.2.1:1'), 'connect ECONNREFUSED 192.0.2.1:1'],
  [new Error('the certificate has expired'), 'the certificate has expired'],
  ['no error', 'no error'],
  [
    coded(
      'EPROTO',
      'write EPROTO 40926DF9017F0000:error:0A000126:SSL routines::unexpected eof while reading:a.c:1:\n',
    ),
    'TLS with the upstream failed: unexpected eof while reading',
  ],
])('%s is described as: %s', (error, told) => {
  expect(faultOf(error)).toBe(told);
});

test('a fault does not reveal a lent secret in the words of its host', () => {
  const scrub = createScrub(['k-0123456789']);
  const error = coded('EPIPE', 'not “k-0123456789”, nor k%2D0123456789');
  expect(scrubbedFault(error, { isLent: true }, scrub)).toBe(
    'the upstream broke off the connection (not “************”, nor **************)',
  );
  expect(scrubbedFault(error, { isLent: false }, scrub)).toBe(faultOf(error));
});

/** Causes real errors in parts of the gateway, so that a change of their words fails here. */
describe('proxy errors of RFC 9209', () => {
  const errorAfter = async (failing: Promise<unknown>): Promise<string> =>
    await failing.then(
      () => 'no error',
      (error: unknown) => proxyErrorOf(faultOf(error)),
    );
  const asked = (port: number): Asked => ({ via: 'proxy', host: 'a.test', port, method: 'GET', path: '/' });
  const route = { kind: 'direct', addresses: ['127.0.0.1'] } as const;
  const portOf = async (server: Server): Promise<number> => {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return (server.address() as AddressInfo).port;
  };
  const dialTls = createDialTls(undefined, 1_000);
  const tlsTo = async (port: number): Promise<string> =>
    await errorAfter(dialTls({ route, asked: asked(port) }, ['http/1.1']));

  test('describe a host that accepts no connection', async () => {
    const server = createServer();
    const port = await portOf(server);
    await new Promise((resolve) => server.close(resolve));
    expect(await errorAfter(dialHttp(route, asked(port)))).toBe('connection_refused');
    expect(await errorAfter(dialTunnel(route, asked(port)))).toBe('connection_refused');
  });

  test('describe a wrong certificate, a closed connection and a silent host', async () => {
    const authority = createAuthority('b', { names: ['a.test'], addresses: [] });
    const { certificate: cert, key } = authority.issue('a.test');
    const untrusted = createTlsServer({ cert, key }).on('tlsClientError', () => undefined);
    const closing = createServer((socket) => socket.end());
    const mute = createServer();
    const errors = [];
    for (const server of [untrusted, closing, mute]) errors.push(await tlsTo(await portOf(server)));
    for (const server of [untrusted, closing, mute]) server.close();
    expect(errors).toEqual(['tls_certificate_error', 'tls_protocol_error', 'connection_timeout']);
  });

  test.each([
    ['hello\r\n\r\n', 'http_protocol_error'],
    ['', 'connection_terminated'],
    ['HTTP/1.1 200', 'http_response_incomplete'],
  ])('describe a host that answers %j', async (said, error) => {
    expect(await errorAfter(answerTo(said, { ends: true }))).toBe(error);
  });

  test('describe a host that does not begin to answer', async () => {
    const never = new Promise<never>(() => undefined);
    expect(await errorAfter(withAnswerTimeout(never, undefined, 1))).toBe('http_response_timeout');
  });

  test.each([
    ['connect ETIMEDOUT 192.0.2.1:1; connect ECONNREFUSED 192.0.2.2:1', 'connection_timeout'],
    ['connect EHOSTUNREACH 192.0.2.1:1', 'destination_ip_unroutable'],
    ['the upstream broke off the stream (internalError)', 'connection_terminated'],
    ['the proxy p:1 sent no complete message in time', 'connection_timeout'],
    ['the upstream had no room for the request until the timeout', 'connection_limit_reached'],
    ['the upstream accepts no more requests, and too many are waiting', 'connection_limit_reached'],
    ['the upstream gave no answer', 'http_response_incomplete'],
    ['the policy of this bottle changed, and no longer allows this', 'connection_terminated'],
    ['the proxy p:1 answered 407 (credentials in HTTPS_PROXY)', 'proxy_configuration_error'],
    ['the proxy p:1 answered HTTP/1.1 407 No', 'proxy_configuration_error'],
    ['the proxy p:1 answered HTTP/1.1 403 No', 'destination_unavailable'],
    ['whatever else', 'destination_unavailable'],
  ])('describe the reason: %s', (reason, error) => {
    const { proxyStatus, body } = upstreamFailed({ host: 'a.test', port: 1 }, reason);
    expect(proxyStatus).toBe(error);
    expect(body).toMatchObject({ reason, nextStep: expect.stringContaining('The rule allows this host') });
  });
});
