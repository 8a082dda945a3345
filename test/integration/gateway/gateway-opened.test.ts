import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Rule } from '../../../src/gateway/config.ts';
import { FAULTY, SECURE_PORTS } from './support/secure-origins.ts';
import { GATEWAY, World, type Heard, type TestGateway } from './support/world.ts';

/** Opened TLS: the rules apply inside it, whatever version of HTTP each side speaks. */

let world: World;
let gateway: TestGateway;

const opened = (port: number, more: Partial<Rule> = {}): Rule => ({
  id: `allow ${port}`,
  host: 'allowed.test',
  port,
  scheme: 'https',
  opensTls: true,
  ...more,
});

beforeAll(async () => {
  world = await World.open();
  const { both, ...others } = SECURE_PORTS;
  gateway = await world.startGateway([], {
    config: {
      policy: {
        allow: [
          opened(both, { methods: ['GET', 'POST'], paths: ['/open/**', '/big', '/trailers'] }),
          ...[...Object.values(others), ...Object.values(FAULTY)].map((port) => opened(port)),
          opened(SECURE_PORTS.oldOnly, { id: 'ws', paths: ['/ws'], websocket: true }),
          { id: 'wild', host: '*.wild.test', port: both, scheme: 'https', opensTls: true },
        ],
        deny: [{ id: 'deny', host: 'x.wild.test', port: 0, scheme: 'tcp', paths: ['/admin/**'] }],
      },
    },
  });
});

afterAll(async () => {
  await gateway?.stop();
  await world?.close();
});

const url = (path: string, port: number = SECURE_PORTS.both): string => `https://allowed.test:${port}${path}`;
const trusting = (): string[] => ['--no-insecure', '--cacert', gateway.authorityPath];
const proxied = ['--proxy', `http://${GATEWAY}:3128`];

async function curl(...args: readonly string[]) {
  const from = world.heard.length;
  const said = await gateway.curl(...trusting(), ...proxied, ...args);
  const heard = await world.heardSince(from);
  return { ...said, requests: heard.filter(({ kind }) => kind.startsWith('request')) };
}

describe.each(['--http1.1', '--http2'])('a client that speaks %s', (version) => {
  test.each([
    ['both', version === '--http2' ? 'request2' : 'request'],
    ['oldOnly', 'request'],
  ] as const)('such a client gets through to an upstream that speaks %s', async (kind, heard) => {
    const { status, requests } = await curl(version, url('/open/a?b=c', SECURE_PORTS[kind]));
    expect(status).toBe(200);
    expect(requests).toMatchObject([{ kind: heard, method: 'GET', url: '/open/a?b=c' }]);
  });

  test('such a client sends content and trailers of any size', async () => {
    const { status, requests } = await curl(version, '--data-binary', '@/usr/bin/perl', url('/open/a'));
    expect(status).toBe(200);
    expect(requests).toMatchObject([{ bytes: readFileSync('/usr/bin/perl').length }]);
  });

  test('such a client gets long answers whole', async () => {
    const { body } = await curl(version, url('/big?3000000'));
    expect(body.length).toBe(3_000_000);
  });

  test.each([
    ['another path', ['/closed']],
    ['another method', ['--request', 'DELETE', '/open/a']],
    ['a path behind dots', ['--path-as-is', '/open/../closed']],
    ['an escaped path', ['/open/..%2fclosed']],
  ])('such a client is refused %s, with an answer that it can read', async (_, [...args]) => {
    const { status, body, requests } = await curl(version, ...args.slice(0, -1), url(args.at(-1) ?? ''));
    expect(status).toBe(403);
    expect(JSON.parse(body)).toMatchObject({ error: 'denied_by_policy', rule: 'allow 8443' });
    expect(requests).toEqual([]);
  });

  test('such a client is refused by a deny rule inside an allowed host', async () => {
    const wild = (path: string) => `https://x.wild.test:${SECURE_PORTS.both}${path}`;
    expect((await curl(version, wild('/fine'))).status).toBe(200);
    const { status, requests } = await curl(version, wild('/Admin/x'));
    expect({ status, requests }).toEqual({ status: 403, requests: [] });
  });

  test('such a client cannot name another host inside the tunnel', async () => {
    const { status, body, requests } = await curl(version, '--header', 'Host: other.test', url('/open/a'));
    expect(status).toBe(403);
    expect(JSON.parse(body)).toMatchObject({ rule: 'gateway.mismatch' });
    expect(requests).toEqual([]);
  });

  test('such a client also gets through without a proxy, by the name in TLS', async () => {
    const direct = ['--resolve', `x.wild.test:443:${GATEWAY}`];
    const { exitCode } = await gateway.curl(...trusting(), ...direct, version, 'https://x.wild.test/');
    expect(exitCode).not.toBe(0); // no rule covers port 443
  });

  test.each(Object.entries(FAULTY))(
    'such a client gets the reason when a certificate is wrong: %s',
    async (kind, port) => {
      const { status, body, requests } = await curl(version, url('/', port));
      expect({ status, requests }).toEqual({ status: 502, requests: [] });
      const why = {
        expired: 'has expired; is this host’s clock right?',
        otherHost: 'is for another host',
        unknown: 'does not trust',
        notYet: 'is not valid yet; is this host’s clock right?',
      };
      expect(JSON.parse(body)).toMatchObject({ error: 'upstream_failed' });
      expect(body).toContain(why[kind as keyof typeof why]);
    },
  );

  const FAULTS_OF_HOSTS = {
    garbage: /malformed HTTP/,
    resets: /broke off|closed the connection/,
  } as const;
  const kinds = ['garbage', 'resets', ...(version === '--http2' ? (['garbage2', 'resets2'] as const) : [])];
  // gateway-stalls has the host that says nothing.
  test.each([...kinds] as (keyof typeof SECURE_PORTS)[])(
    'such a client gets the reason when an upstream breaks HTTP: %s',
    async (kind) => {
      const port = SECURE_PORTS[kind];
      const { status, body } = await curl(version, '--max-time', '30', url('/', port));
      expect(status).toBe(502);
      const { reason, ...said } = JSON.parse(body) as { reason: string };
      const nextStep = expect.stringContaining('The rule allows this host');
      expect(said).toEqual({ error: 'upstream_failed', host: 'allowed.test', port, nextStep });
      const told = Object.entries(FAULTS_OF_HOSTS).filter(([, words]) => words.test(reason));
      expect({ reason, told: told.map(([name]) => name) }).toEqual({ reason, told: [kind.replace('2', '')] });
    },
  );
});

test('HTTP/2 alone is enough for a client, with trailers', async () => {
  const { status } = await curl('--http2', url('/', SECURE_PORTS.newOnly));
  expect(status).toBe(200);
  const { body } = await curl('--http2', '--dump-header', '-', url('/trailers'));
  expect(body).toMatch(/grpc-status: 0\r\ngrpc-message: fine/);
});

test('many requests on one connection are judged one by one', async () => {
  const paths = ['/open/1', '/closed', '/open/2'].map((path) => url(path));
  const { requests } = await curl('--http2', ...paths);
  expect(
    requests.map(({ url: heard }: Heard) => heard).sort((a, b) => String(a).localeCompare(String(b))),
  ).toEqual(['/open/1', '/open/2']);
});

describe('the authority', () => {
  test("the authority may vouch only for the rules' hosts, and its key is not readable", () => {
    const pem = readFileSync(gateway.authorityPath, 'utf8');
    expect(new X509Certificate(pem).ca).toBe(true);
    expect(pem.match(/BEGIN [A-Z ]+/g)).toEqual(['BEGIN CERTIFICATE']);
  });

  test('the authority does not exist where no TLS is opened', async () => {
    const other = await world.startGateway([{ host: 'allowed.test' }], {});
    expect(other.events.map(({ event }) => event)).not.toContain('authority');
    await other.stop();
  });
});

describe('a WebSocket', () => {
  const headers = {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Extensions': 'permessage-deflate',
  };
  const handshake = (path: string): string[] => {
    const lines = Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`]);
    return ['--http1.1', '--max-time', '2', ...lines, url(path, SECURE_PORTS.oldOnly)];
  };

  test('a WebSocket passes where a rule allows it, without extensions', async () => {
    const from = world.heard.length;
    const { status } = await curl(...handshake('/ws'));
    expect(status).toBe(101);
    const [upgrade] = await world.heardSince(from, 'upgrade');
    expect(JSON.stringify(upgrade)).not.toMatch(/permessage/);
  });

  test('a WebSocket of an HTTP/2 client passes to an HTTP/1.1 upstream (RFC 8441)', async () => {
    const from = world.heard.length;
    expect(await overHttp2('/ws')).toBe('200 hello');
    const [upgrade] = await world.heardSince(from, 'upgrade');
    expect(JSON.stringify(upgrade)).toMatch(/Sec-WebSocket-Key/);
    expect(await overHttp2('/other')).toBe('403');
  });

  test('a WebSocket is refused where no rule allows it', async () => {
    const from = world.heard.length;
    const { status } = await curl(...handshake('/other'));
    expect(status).toBe(403);
    expect(await world.heardSince(from, 'upgrade')).toEqual([]);
  });
});

/** Returns the status of a CONNECT with the protocol websocket; if it is 200, the answer to a frame. */
async function overHttp2(path: string): Promise<string> {
  const script = `
const raw = require('net').connect(3128, '${GATEWAY}');
raw.write('CONNECT allowed.test:${SECURE_PORTS.oldOnly} HTTP/1.1\\r\\n\\r\\n');
raw.once('data', () => {
  const ca = require('fs').readFileSync('${gateway.authorityPath}');
  const createConnection = () => require('tls').connect({ socket: raw, servername: 'allowed.test', ca, ALPNProtocols: ['h2'] });
  const session = require('http2').connect('https://allowed.test:${SECURE_PORTS.oldOnly}', { createConnection });
  session.once('remoteSettings', () => {
    const stream = session.request({ ':method': 'CONNECT', ':protocol': 'websocket', ':path': '${path}', 'sec-websocket-version': '13' });
    const end = (text) => { console.log(text); process.exit(0); };
    stream.once('response', (headers) => {
      if (headers[':status'] !== 200) return end(headers[':status']);
      stream.write(Buffer.from([0x81, 0x85, 0, 0, 0, 0, ...Buffer.from('hello')]));
      stream.once('data', (data) => end('200 ' + data.subarray(-5)));
    });
  });
});`;
  return (await gateway.inBottle(['node', '-e', script])).stdout.trim();
}

test('the log has each request with its method and path', () => {
  expect(gateway.decisions).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ verdict: 'allow', rule: 'allow 8443', method: 'GET', path: '/open/a' }),
      expect.objectContaining({ verdict: 'deny', rule: 'allow 8443', method: 'GET', path: '/closed' }),
    ]),
  );
});
