import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isHealthRequest, readTarget, type Entrance, type Target } from './target.ts';

const read = (entrance: Entrance, url: string, ...hosts: string[]): Target =>
  readTarget(entrance, { method: 'GET', path: url, headers: hosts.flatMap((host) => ['Host', host]) });
const shown = (target: Target): string =>
  target.kind === 'outside'
    ? `${target.endpoint.host.host}:${target.endpoint.port} ${target.path}`
    : target.rule;

const PROXY: Entrance = { via: 'proxy' };
const PORT_80: Entrance = { via: 'http' };
const BOUND: Entrance = { via: 'connect', bound: { host: { kind: 'name', host: 'a.test' }, port: 8080 } };

describe('targets of requests', () => {
  test.each([
    [PROXY, 'http://a.test/x?y', ['a.test'], 'a.test:80 /x?y'],
    [PROXY, 'http://A.test:80/', ['a.TEST.'], 'a.test:80 /'],
    [PROXY, 'http://a.test:8080', ['a.test:8080'], 'a.test:8080 /'],
    [PROXY, 'http://a.test?x', ['a.test'], 'a.test:80 /?x'],
    [PROXY, 'http://[2001:db8::1]:81/', ['[2001:DB8:0::1]:81'], '2001:db8::1:81 /'],
    [PORT_80, '/x', ['a.test'], 'a.test:80 /x'],
    [PORT_80, '//x', ['a.test'], 'a.test:80 //x'],
    [PORT_80, 'http://a.test/x', ['a.test'], 'a.test:80 /x'],
    [PORT_80, '/.bot-bottle/health', ['a.test'], 'a.test:80 /.bot-bottle/health'],
    [BOUND, '/x', ['a.test:8080'], 'a.test:8080 /x'],
  ] as const)('%j %s: %s', (...[entrance, url, hosts, expected]) => {
    expect(shown(read(entrance, url, ...hosts))).toBe(expected);
  });

  test.each([
    [PROXY, '/x', ['a.test'], 'gateway.malformed'],
    [PROXY, 'https://a.test/', ['a.test'], 'gateway.malformed'],
    [PROXY, 'http:///x', ['a.test'], 'gateway.malformed'],
    [PROXY, 'http://u@a.test/', ['a.test'], 'gateway.malformed'],
    [PROXY, 'http://a.test/#x', ['a.test'], 'gateway.malformed'],
    [PROXY, 'http://a.test#/', ['a.test'], 'gateway.malformed'],
    [PROXY, 'http://a.test/?y#x', ['a.test'], 'gateway.malformed'],
    [PORT_80, '/public/x#/../../admin', ['a.test'], 'gateway.malformed'],
    [PORT_80, '/?#', ['a.test'], 'gateway.malformed'],
    [BOUND, '/public/x#/../../admin', ['a.test:8080'], 'gateway.malformed'],
    [PROXY, 'http://a.test/', ['b.test'], 'gateway.mismatch'],
    [PROXY, 'http://a.test/', ['a.test:81'], 'gateway.mismatch'],
    [PROXY, 'http://a.test/', [], 'gateway.malformed'],
    [PROXY, 'http://a.test/', ['a.test', 'a.test'], 'gateway.malformed'],
    [PORT_80, '/', ['a.test:81'], 'gateway.mismatch'],
    [PORT_80, '*', ['a.test'], 'gateway.malformed'],
    [PORT_80, '/', ['0x7f.1'], 'gateway.malformed'],
    [BOUND, '/', ['a.test'], 'gateway.mismatch'],
    [BOUND, '/', ['b.test:8080'], 'gateway.mismatch'],
    [BOUND, 'http://b.test:8080/', ['a.test:8080'], 'gateway.mismatch'],
  ] as const)('%j %s with %j: %s', (...[entrance, url, hosts, expected]) => {
    expect(shown(read(entrance, url, ...hosts))).toBe(expected);
  });

  test.each([
    ['1.1', [], 'a.test:80 /'],
    ['1.0', [], 'a.test:80 /'],
    ['2.0', [], 'gateway.malformed'],
    ['0.9', [], 'gateway.malformed'],
    ['1.1', ['Transfer-Encoding', 'chunked'], 'a.test:80 /'],
    ['1.0', ['Transfer-Encoding', 'chunked'], 'gateway.malformed'],
  ] as const)('HTTP/%s with %j: %s', (version, headers, expected) => {
    const head = { method: 'POST', path: '/', headers: ['Host', 'a.test', ...headers], version };
    expect(shown(readTarget(PORT_80, head))).toBe(expected);
  });

  test.each([
    ['LIST', 'a.test:80 /'],
    ['FROBNICATE', 'gateway.malformed'],
  ])('the method %s: %s', (method, expected) => {
    expect(shown(readTarget(PORT_80, { method, path: '/', headers: ['Host', 'a.test'] }))).toBe(expected);
  });

  test.each(['get', 'Post', 'dELETE'])('the method %s is not read as the method in capitals', (method) => {
    expect(shown(readTarget(PORT_80, { method, path: '/', headers: ['Host', 'a.test'] }))).toBe(
      'gateway.malformed',
    );
  });

  test.each([
    ['GET', 'a.test:80 /'],
    ['POST', 'gateway.malformed'],
    ['HEAD', 'gateway.malformed'],
  ])('a WebSocket request with %s: %s', (method, expected) => {
    const head = { method, path: '/', headers: ['Host', 'a.test', 'Upgrade', 'websocket'] };
    expect(shown(readTarget(PORT_80, head, true))).toBe(expected);
  });

  test.each([
    ['https', 'a.test:80 /'],
    ['http', 'gateway.malformed'],
  ])('a request in opened TLS with the scheme %s: %s', (scheme, expected) => {
    const opened: Entrance = { ...BOUND, bound: { ...BOUND.bound!, port: 80 }, isSecure: true };
    const head = { method: 'GET', path: '/', scheme, headers: ['Host', 'a.test:80'] };
    expect(shown(readTarget(opened, head))).toBe(expected);
  });

  test.each([
    [PROXY, 'GET /.bot-bottle/health', true],
    [PROXY, 'POST /.bot-bottle/health', false],
    [PORT_80, 'GET /.bot-bottle/health', false],
    [PROXY, 'GET http://a.test/.bot-bottle/health', false],
  ])('%j %s is a health request: %s', (entrance, line, expected) => {
    const [method = '', path = ''] = line.split(' ');
    expect(isHealthRequest(entrance, { method, path, headers: [] })).toBe(expected);
  });

  test('a request never goes to a host that its Host header does not name', () => {
    const host = fc.constantFrom('a.test', 'b.test', 'a.test:81', 'A.TEST', '127.0.0.1', '');
    const url = fc.oneof(
      host.map((name) => `http://${name}/`),
      fc.constantFrom('/', '*', 'http:a.test', '//b.test/'),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(PROXY, PORT_80, BOUND),
        url,
        fc.array(host, { maxLength: 2 }),
        (entrance, target, hosts) => {
          const result = read(entrance, target, ...hosts);
          const goes = result.kind === 'outside' ? [result.endpoint.host.host] : [];
          expect(
            goes.every((name) => hosts.length === 1 && hosts[0]?.toLowerCase().split(':')[0] === name),
          ).toBe(true);
        },
      ),
    );
  });
});
