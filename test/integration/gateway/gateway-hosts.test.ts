import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../../../src/host/run.ts';
import { attempt, connect, get, hello } from './support/attempt.ts';
import { GATEWAY, World, type TestGateway } from './support/world.ts';

/** Hosts in every spelling, the addresses they lead to, and the answer to the client. */

let world: World;
let gateway: TestGateway;

const LEADING_ASTRAY = [
  'private',
  'lan',
  'cgnat',
  'metadata',
  'loopback',
  'zero',
  'own',
  'unplugged',
  'unplugged6',
  'local-network',
  'mixed',
  'ula',
].concat(['loopback6', 'mapped', 'nat64', 'sixtofour', 'rebind']);

beforeAll(async () => {
  world = await World.open();
  gateway = await world.startGateway(
    [
      { host: 'allowed.test' },
      { host: '203.0.113.10' },
      { host: '*.wild.test' },
      { host: 'denied.wild.test' },
      { host: 'private.test', scheme: 'http' },
      ...LEADING_ASTRAY.map((name) => ({ host: `${name}.test` })),
    ],
    { deny: [{ host: 'denied.wild.test' }] },
  );
});

afterAll(async () => {
  await gateway?.stop();
  await world?.close();
});

const send = async (port: number, ...parts: readonly (string | Buffer)[]) =>
  await attempt({ world, gateway }, port, parts);

describe('CONNECT', () => {
  test.each(['allowed.test:443', 'ALLOWED.test.:443', 'x.wild.test:443'])(
    '%s gets through (control)',
    async (target) => {
      const { heard } = await send(3128, connect(target), hello(target.split(':')[0]));
      expect(heard).toMatchObject([{ kind: 'https' }]);
    },
  );

  test.each([
    ['a host without a rule', 'evil.test:443', 'default'],
    ['another port', 'allowed.test:22', 'allow[0]'],
    ['a subdomain', 'x.allowed.test:443', 'default'],
    ['the apex of a wildcard', 'wild.test:443', 'default'],
    ['a name that ends like a wildcard', 'evilwild.test:443', 'default'],
    ['an allowed name as a prefix', 'allowed.test.evil.test:443', 'default'],
    ['a denied name under an allowed wildcard', 'denied.wild.test:443', 'deny[0]'],
    ['another address', '203.0.113.20:443', 'default'],
    ['decimal', '3405803786:443', 'gateway.malformed'],
    ['hexadecimal', '0xcb.0.113.10:443', 'gateway.malformed'],
    ['octal', '0313.0.0161.012:443', 'gateway.malformed'],
    ['short', '203.28938:443', 'gateway.malformed'],
    ['mapped', '[::ffff:203.0.113.10]:443', 'gateway.malformed'],
    ['a zone', '[fe80::1%25h0]:443', 'gateway.malformed'],
    ['NUL', 'evil.test\0.allowed.test:443', 'gateway.malformed'],
    ['an escaped NUL', 'evil.test%00.allowed.test:443', 'gateway.malformed'],
    ['user information', 'allowed.test@evil.test:443', 'gateway.malformed'],
    ['a fragment', 'evil.test#allowed.test:443', 'gateway.malformed'],
    ['a backslash', 'evil.test\\allowed.test:443', 'gateway.malformed'],
    ['a space', 'allowed.test evil.test:443', 'gateway.malformed'],
    ['two dots at the end', 'allowed.test..:443', 'gateway.malformed'],
    ['no port', 'allowed.test', 'gateway.malformed'],
    ['a port in words', 'allowed.test:https', 'gateway.malformed'],
    ['two ports', 'allowed.test:443:22', 'gateway.malformed'],
  ])('%s', async (_, target, rule) => {
    const { heard, decision } = await send(3128, connect(target), hello('allowed.test'));
    expect({ heard, ...decision }).toMatchObject({ heard: [], verdict: 'deny', rule });
  });
});

describe('what a client is told', () => {
  test('a refused client gets 403 with the rule, the remedy, and the advice not to look for a way round', async () => {
    const { status, body } = await gateway.curl('--proxy', `http://${GATEWAY}:3128`, 'http://evil.test/x');
    expect(status).toBe(403);
    expect(JSON.parse(body)).toMatchObject({
      error: 'denied_by_policy',
      rule: 'default',
      host: 'evil.test',
      port: 80,
      reason: 'no rule allows this host',
      nextStep: expect.stringContaining('- { host: evil.test, scheme: http }'),
      forAgents: expect.stringContaining('do not look for a way around'),
    });
  });

  test('a refused CONNECT gets the same answer as a request', async () => {
    const { answer } = await send(3128, connect('evil.test:443'));
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({
      rule: 'default',
      nextStep: expect.stringContaining('- host: evil.test'),
    });
  });

  test('a refused connection on the transparent port gets a TLS alert', async () => {
    const { answer } = await send(443, hello('evil.test'));
    expect(answer).toBe('\x15\x03\x03\x00\x02\x02\x31'); // access_denied
  });
});

describe('names that resolve to forbidden addresses', () => {
  test.each([
    ['private.test', '10.9.9.9 (private)'],
    ['lan.test', '192.168.9.9 (private)'],
    ['cgnat.test', '100.64.0.9 (carrier-grade NAT)'],
    ['metadata.test', '169.254.169.254 (link-local)'],
    ['loopback.test', '127.0.0.1 (loopback)'],
    ['zero.test', '0.0.0.0 (this network)'],
    ['own.test', "198.51.100.2 (the host's own)"],
    ['unplugged.test', "198.51.101.77 (the host's own)"],
    ['unplugged6.test', "2001:db8:77::7 (the host's own)"],
    ['local-network.test', "198.51.102.200 (the host's own)"],
    ['mixed.test', '10.9.9.9 (private)'],
    ['ula.test', 'fd00::9 (unique local)'],
    ['loopback6.test', '::1 (unspecified, loopback or IPv4-compatible)'],
    ['mapped.test', '::ffff:10.9.9.9 (private)'],
    ['nat64.test', '64:ff9b::a09:909 (private)'],
    ['sixtofour.test', '2002:a09:909::1 (6to4)'],
  ])('the gateway refuses %s, which resolves to %s', async (host, where) => {
    const tunnel = await send(3128, connect(`${host}:443`), hello(host));
    expect({ heard: tunnel.heard, ...tunnel.decision }).toMatchObject({
      heard: [],
      verdict: 'deny',
      reason: `${host} leads to ${where}`,
    });
    expect(tunnel.answer).toMatch(/^HTTP\/1\.1 403 .*"error":"denied_by_address"/s);
    const transparent = await send(443, hello(host));
    expect({ heard: transparent.heard, ...transparent.decision }).toMatchObject({
      heard: [],
      verdict: 'deny',
      host,
    });
  });

  test.each(['198.51.101.77', '198.51.102.200'])(
    'a plain program of the host reaches it at %s, an address that no interface with a carrier has (control)',
    async (address) => {
      const from = world.heard.length;
      const [program = '', ...args] = world.inHost([
        'curl',
        '--silent',
        '--max-time',
        '5',
        `http://${address}/`,
      ]);
      await run(program, args);
      expect(await world.heardSince(from, 'http')).toMatchObject([{ where: 'host' }]);
    },
  );

  test.each([
    [80, get('/', 'Host: private.test\r\n')],
    [3128, get('http://private.test/', 'Host: private.test\r\n')],
  ])('the gateway refuses a forbidden address in plain HTTP, on port %i', async (port, bytes) => {
    const { heard, decision } = await send(port, bytes);
    expect({ heard, ...decision }).toMatchObject({ heard: [], verdict: 'deny', host: 'private.test' });
  });

  test('a name whose answer changes is dialled at the judged address or not at all', async () => {
    const outcomes = [];
    for (let turn = 0; turn < 3; turn += 1) {
      outcomes.push(await send(3128, connect('rebind.test:443'), hello('rebind.test')));
      await new Promise((done) => setTimeout(done, 2_600)); // the third answer comes after the lookup has expired
    }
    const heard = outcomes.flatMap((outcome) => outcome.heard);
    expect(heard.map(({ address }) => address)).toEqual(Array(2).fill('::ffff:203.0.113.10'));
    expect(outcomes[2]?.decision).toMatchObject({
      verdict: 'deny',
      reason: 'rebind.test leads to 10.9.9.9 (private)',
    });
  });
});
