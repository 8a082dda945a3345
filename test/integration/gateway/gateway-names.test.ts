import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attempt, connect, get, hello } from './support/attempt.ts';
import { clientHello } from './support/hello.ts';
import { SECURE_PORTS } from './support/secure-origins.ts';
import { World, type TestGateway } from './support/world.ts';

/** CONNECT, Host and TLS server name: all that are present must name the same host, in every pairing. */

let world: World;
let gateway: TestGateway;

beforeAll(async () => {
  world = await World.open();
  gateway = await world.startGateway([
    { host: 'allowed.test' },
    { host: 'other.test' },
    { host: 'allowed.test', scheme: 'http' },
    { host: 'other.test', scheme: 'http' },
    { host: '203.0.113.10' },
    { host: 'allowed.test', port: SECURE_PORTS.both, tls: 'open' },
  ]);
});

afterAll(async () => {
  await gateway?.stop();
  await world?.close();
});

const send = async (port: number, ...parts: readonly (string | Buffer)[]) =>
  await attempt({ world, gateway }, port, parts);

const OPENED = connect(`allowed.test:${SECURE_PORTS.both}`);
const ECH: readonly [number, Buffer] = [0xfe0d, Buffer.alloc(40)];
const hiding = clientHello({ serverName: 'allowed.test', extensions: [ECH] });
const twice = clientHello({
  serverName: 'allowed.test',
  extensions: [[0, Buffer.from([0, 4, 0, 0, 1, 0x78])]],
});

describe('names that agree (control)', () => {
  test.each([
    [
      'CONNECT',
      'https',
      3128,
      [connect('allowed.test:443', 'Host: allowed.test:443\r\n'), hello('allowed.test')],
    ],
    ['the transparent port', 'https', 443, [hello('allowed.test')]],
    ['a hello of many records', 'https', 443, [clientHello({ serverName: 'allowed.test', recordBytes: 7 })]],
    ['a hello in single bytes', 'https', 443, [...hello('allowed.test')].map((byte) => Buffer.from([byte]))],
    ['a URL', 'request', 3128, [get('http://other.test/', 'Host: other.test\r\n')]],
    ['port 80', 'request', 80, [get('/', 'Host: other.test\r\n')]],
    ['HTTP in a CONNECT', 'request', 3128, [connect('other.test:80'), get('/', 'Host: other.test\r\n')]],
  ] as const)('the same bytes get through when all names agree: %s', async (...[, kind, port, parts]) => {
    const { heard } = await send(port, ...parts);
    expect(heard.filter((one) => one.kind === kind)).toHaveLength(1);
  });
});

describe('names that contradict each other', () => {
  const pair = 'Host: allowed.test:443\r\nHost: other.test:443\r\n';
  test.each([
    ['CONNECT and server name', 3128, [connect('allowed.test:443'), hello('other.test')]],
    [
      'CONNECT and a server name that is not allowed',
      3128,
      [connect('allowed.test:443'), hello('evil.test')],
    ],
    ['CONNECT to an address and a server name', 3128, [connect('203.0.113.10:443'), hello('allowed.test')]],
    [
      'CONNECT and its Host header',
      3128,
      [connect('allowed.test:443', 'Host: other.test:443\r\n'), hello('allowed.test')],
    ],
    [
      'CONNECT and the port of its Host header',
      3128,
      [connect('allowed.test:443', 'Host: allowed.test:80\r\n'), hello('allowed.test')],
    ],
    [
      'CONNECT and the second of two Host headers',
      3128,
      [connect('allowed.test:443', pair), hello('allowed.test')],
    ],
    [
      'CONNECT and the Host inside, in plain text',
      3128,
      [connect('other.test:80'), get('/', 'Host: allowed.test\r\n')],
    ],
    [
      'CONNECT and an absolute URL inside',
      3128,
      [connect('other.test:80'), get('http://allowed.test/', 'Host: other.test\r\n')],
    ],
    ['URL and Host header', 3128, [get('http://other.test/', 'Host: allowed.test\r\n')]],
    ['URL and the port of the Host header', 3128, [get('http://other.test/', 'Host: other.test:8080\r\n')]],
    ['URL and Host on port 80', 80, [get('http://other.test/', 'Host: allowed.test\r\n')]],
    ['Host with another port on port 80', 80, [get('/', 'Host: other.test:8080\r\n')]],
  ] as const)('contradicting names are refused: %s', async (...[, port, parts]) => {
    const { heard, decision } = await send(port, ...parts);
    expect({ heard, ...decision }).toMatchObject({ heard: [], verdict: 'deny', rule: 'gateway.mismatch' });
  });

  test.each([
    ['two Host headers', get('/', 'Host: other.test\r\nHost: allowed.test\r\n')],
    ['two Host headers that agree', get('/', 'Host: other.test\r\nHost: other.test\r\n')],
    ['no Host header', get('/', '').replace('1.1', '1.0')],
  ])('wrong Host headers are refused: %s', async (_, bytes) => {
    const { heard, decision } = await send(80, bytes);
    expect({ heard, ...decision }).toMatchObject({ heard: [], verdict: 'deny', rule: 'gateway.malformed' });
  });
});

describe('tunnels without TLS or without a name in it', () => {
  test.each([
    ['no server name', 3128, [connect('allowed.test:443'), hello()], 'gateway.no-server-name'],
    ['no server name on the transparent port', 443, [hello()], 'gateway.no-server-name'],
    ['a server name that is an address', 443, [hello('203.0.113.10')], 'gateway.malformed'],
    ['a NUL in the server name', 443, [hello('evil.test\0.allowed.test')], 'gateway.malformed'],
    ['an empty server name', 443, [hello('')], 'gateway.malformed'],
    ['an encrypted name', 3128, [connect('allowed.test:443'), hiding], 'gateway.encrypted-name'],
    ['an encrypted name on the transparent port', 443, [hiding], 'gateway.encrypted-name'],
    ['no server name where TLS is opened', 3128, [OPENED, hello()], 'gateway.no-server-name'],
    ['two server names', 443, [twice], 'gateway.not-tls'],
    ['SSH where TLS is due', 443, ['SSH-2.0-x\r\n'], 'gateway.not-tls'],
    ['HTTP where TLS is due', 443, [get('/', 'Host: allowed.test\r\n')], 'gateway.not-tls'],
    ['an SSL 2 hello', 443, [Buffer.from('802e0100020015', 'hex')], 'gateway.not-tls'],
    ['another record first', 443, [Buffer.from('150303000201', 'hex')], 'gateway.not-tls'],
    ['a message of a server', 443, [Buffer.from('160301000402000000', 'hex')], 'gateway.not-tls'],
    ['SSH in a CONNECT', 3128, [connect('allowed.test:443'), 'SSH-2.0-x\r\n\r\n'], 'gateway.malformed'],
    [
      'half a hello in a CONNECT',
      3128,
      [connect('allowed.test:443'), hello('allowed.test').subarray(0, 20)],
      'gateway.not-tls',
    ],
    [
      'a hello that never ends',
      443,
      [Buffer.concat([Buffer.from('160301400001ffffff', 'hex'), Buffer.alloc(16_380)])],
      'gateway.not-tls',
    ],
  ] as const)('such a tunnel is refused: %s', async (...[, port, parts, rule]) => {
    const { heard, decision } = await send(port, ...parts);
    expect({ heard, ...decision }).toMatchObject({ heard: [], verdict: 'deny', rule });
  });

  test('a CONNECT without bytes is no refusal, because clients connect ahead of need', async () => {
    const { heard, answer, decision } = await send(3128, connect('allowed.test:443'));
    expect({ heard, decision }).toEqual({ heard: [], decision: undefined });
    expect(answer).toContain('200');
  });

  // Browsers send an encrypted name whatever they know of the host; the server that opens TLS has no key for it.
  test.each([
    ['a name', hello('allowed.test')],
    ['one with an encrypted name beside it', hiding],
  ])('%s where TLS is opened gets an HTTP answer (control)', async (_, bytes) => {
    const { answer, decision } = await send(3128, OPENED, bytes);
    expect(decision?.rule).not.toBe('gateway.encrypted-name');
    // RFC 8446, 5.1 and 6: a handshake record, or the alert for a hello that no server could continue.
    expect(['\x15\x03', '\x16\x03']).toContain(answer.split('\r\n\r\n')[1]?.slice(0, 2));
  });

  test('plain HTTP in a CONNECT to an https rule gets the reason', async () => {
    const { heard, answer } = await send(
      3128,
      connect('allowed.test:443'),
      get('/', 'Host: allowed.test:443\r\n'),
    );
    expect(heard).toEqual([]);
    expect(answer).toContain('its rule allows https only');
  });

  test('TLS in a CONNECT to an http rule is refused', async () => {
    const { heard, decision } = await send(3128, connect('allowed.test:80'), hello('allowed.test'));
    expect({ heard, ...decision }).toMatchObject({
      heard: [],
      verdict: 'deny',
      reason: 'its rule allows http only',
    });
  });
});
