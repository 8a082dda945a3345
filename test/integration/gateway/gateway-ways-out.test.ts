import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GATEWAY, World, type TestGateway } from './support/world.ts';

/** The ways that lead out: they are the controls for the tests of ways that do not. */

let world: World;
let gateway: TestGateway;

beforeAll(async () => {
  world = await World.open();
  gateway = await world.startGateway([
    { host: 'allowed.test' },
    { host: 'allowed.test', scheme: 'http' },
    { host: 'allowed.test', port: 8080, scheme: 'http' },
    { host: 'allowed.test', port: 2222, scheme: 'tcp' },
    { host: '*.wild.test' },
    { host: '203.0.113.10' },
    { host: 'hosts-file.test' },
    { host: 'six.test' },
    { host: 'second.test' },
    { host: 'refusing.test' },
    { host: 'nowhere.test' },
    { host: 'pinned.corp.test', addresses: ['10.9.9.9'] },
  ]);
});

afterAll(async () => {
  await gateway?.stop();
  await world?.close();
});

const PROXY = ['--proxy', `http://${GATEWAY}:3128`];
/** The options of a program without a proxy: it asks the gateway's DNS for the name. */
const asked = (host: string, port: number) => ['--resolve', `${host}:${port}:${GATEWAY}`];

test('the gateway is ready after the launch checks', () => {
  expect(gateway.events.map(({ event }) => event)).toEqual(['listening', 'ready']);
});

describe('allowed requests', () => {
  test.each([
    [
      'HTTPS through the proxy',
      [...PROXY, 'https://allowed.test/a'],
      { host: 'allowed.test', servername: 'allowed.test' },
    ],
    ['HTTP through the proxy', [...PROXY, 'http://allowed.test/a?b'], { host: 'allowed.test', url: '/a?b' }],
    ['HTTP on another port', [...PROXY, 'http://allowed.test:8080/a'], { host: 'allowed.test:8080' }],
    ['HTTP in a CONNECT', [...PROXY, '--proxytunnel', 'http://allowed.test/a'], { host: 'allowed.test' }],
    [
      'HTTPS without a proxy',
      [...asked('allowed.test', 443), 'https://allowed.test/a'],
      { servername: 'allowed.test' },
    ],
    [
      'HTTP without a proxy',
      [...asked('allowed.test', 80), 'http://allowed.test/a'],
      { host: 'allowed.test' },
    ],
    ['a name in capitals', [...PROXY, 'https://ALLOWED.test/a'], { servername: 'allowed.test' }],
    ['a name under a wildcard', [...PROXY, 'https://x.wild.test/'], { servername: 'x.wild.test' }],
    ['an address', [...PROXY, 'https://203.0.113.10/'], { host: '203.0.113.10', servername: false }],
    [
      "a name of the host's hosts file",
      [...PROXY, 'https://hosts-file.test/'],
      { servername: 'hosts-file.test' },
    ],
    ['IPv6 behind the gateway', [...PROXY, 'https://six.test/'], { servername: 'six.test' }],
    ['the second address of a name', [...PROXY, 'https://second.test/'], { servername: 'second.test' }],
    ['a pinned private address', [...PROXY, 'https://pinned.corp.test/'], { servername: 'pinned.corp.test' }],
  ])('an allowed request arrives: %s', async (_, args, expected) => {
    const { status, body } = await gateway.curl(...args);
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject(expected);
  });

  test("the bottle's own resolver resolves allowed names", async () => {
    const script = `require('dns').setServers(['${GATEWAY}']); require('dns').resolve4('allowed.test', (e, a) => console.log(e?.code, a))`;
    const { stdout } = await gateway.inBottle(['node', '-e', script]);
    expect(stdout).toBe(`undefined [ '${GATEWAY}' ]\n`);
  });

  test('raw TCP passes where the upstream speaks first', async () => {
    const answer = await gateway.send(3128, 'CONNECT allowed.test:2222 HTTP/1.1\r\n\r\n', 'ping\n');
    expect(answer).toMatch(/^HTTP\/1\.1 200 .*\r\n\r\nhello\nping\n$/s);
  });

  test('an upload and a large response pass', async () => {
    const up = await gateway.inBottle(
      ['curl', '-sk', ...PROXY, '--data-binary', '@-', 'http://allowed.test/up'],
      { input: Buffer.alloc(3_000_000) },
    );
    expect(JSON.parse(up.stdout)).toMatchObject({ method: 'POST', bytes: 3_000_000 });
    const down = await gateway.curl(
      ...PROXY,
      '--output',
      '/dev/null',
      '--write-out',
      '%{size_download}',
      'http://allowed.test/big?5000000',
    );
    expect(down.body + down.status).toBeDefined();
  });
});

describe('unchanged messages', () => {
  test('a request arrives unchanged, without its proxy headers', async () => {
    const from = world.heard.length;
    const headers = [
      '-H',
      'Proxy-Authorization: Basic eDp5',
      '-H',
      'X-Named: 1',
      '-H',
      'Connection: X-Named',
      '-H',
      'X-Kept: 1',
      '-H',
      'TE: trailers',
    ];
    await gateway.curl(...PROXY, ...headers, 'http://allowed.test/');
    const [request] = await world.heardSince(from, 'request');
    const names = ((request?.['rawHeaders'] ?? []) as string[]).filter((_, index) => index % 2 === 0);
    expect(names).toContain('X-Kept');
    for (const gone of ['Proxy-Authorization', 'Proxy-Connection', 'X-Named', 'TE'])
      expect(names).not.toContain(gone);
    expect(names.filter((name) => name.toLowerCase() === 'host')).toHaveLength(1);
  });

  test('chunks and repeated headers of a response arrive unchanged', async () => {
    const { stdout } = await gateway.inBottle(['curl', '-si', ...PROXY, 'http://allowed.test/chunked']);
    expect(stdout).toContain('X-Odd: 1\r\nX-Odd: 2\r\n');
    expect(stdout).not.toContain('timeout=9');
    expect(stdout.endsWith('chunk\n'.repeat(10))).toBe(true);
  });

  test('a truncated response arrives as truncated', async () => {
    const { exitCode } = await gateway.curl(...PROXY, 'http://allowed.test/cut');
    expect(exitCode).toBe(18); // curl: transfer closed with outstanding data
  });
});

describe('an upstream that does not answer', () => {
  test('over HTTP the client gets 502 with the reason', async () => {
    const refused = await world.startGateway([{ host: 'refusing.test', scheme: 'http' }]);
    const { status, body } = await refused.curl(...PROXY, 'http://refusing.test/');
    expect(status).toBe(502);
    expect(JSON.parse(body)).toMatchObject({
      error: 'upstream_failed',
      reason: expect.stringContaining('EHOSTUNREACH'),
    });
    await refused.stop();
  });

  test('over TLS the client gets an alert, and the log the reason', async () => {
    const { exitCode } = await gateway.curl(...PROXY, 'https://refusing.test/');
    expect(exitCode).toBe(35);
    await expect
      .poll(() => gateway.log.at(-1))
      .toMatchObject({
        event: 'end',
        host: 'refusing.test',
        reason: expect.stringContaining('EHOSTUNREACH'),
      });
  });

  test('a name that does not exist gets 502 before anything else', async () => {
    const { status } = await gateway.curl(...PROXY, 'https://nowhere.test/');
    expect(status).toBe(502);
    expect(gateway.log.at(-1)).toMatchObject({
      verdict: 'deny',
      reason: 'nowhere.test does not resolve (ENOTFOUND)',
    });
  });
});

test('a passage has two log lines, the second with its bytes', async () => {
  const from = gateway.log.length;
  await gateway.curl(...PROXY, 'https://allowed.test/big?100000');
  await expect.poll(() => gateway.log.length).toBe(from + 2);
  const [decision, end] = gateway.log.slice(from);
  expect(decision).toMatchObject({
    event: 'decision',
    verdict: 'allow',
    rule: 'allow[0]',
    via: 'connect',
    host: 'allowed.test',
    port: 443,
    method: 'CONNECT',
    reason: 'to 203.0.113.10',
    bottle: 'test-bottle',
  });
  expect(end).toMatchObject({ event: 'end', id: decision?.id, reason: 'closed' });
  expect(end?.bytes).toBeGreaterThan(100_000);
});
