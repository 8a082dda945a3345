import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attempt, get } from './support/attempt.ts';
import { World, type Heard, type TestGateway } from './support/world.ts';

/** Plain HTTP: methods, paths, and requests that hide another request. */

let world: World;
let gateway: TestGateway;

beforeAll(async () => {
  world = await World.open();
  gateway = await world.startGateway(
    [
      { host: 'allowed.test', scheme: 'http', paths: ['/open/**'], methods: ['GET'] },
      { host: 'other.test', scheme: 'http' },
      { host: 'allowed.test', port: 2227, scheme: 'http', paths: ['/open/**'], methods: ['GET', 'DELETE'] },
      { host: 'x.wild.test', port: 2227, scheme: 'http' },
    ],
    { deny: [{ host: 'other.test', scheme: 'http', paths: ['/admin/**'] }] },
  );
});

afterAll(async () => {
  await gateway?.stop();
  await world?.close();
});

const send = async (port: number, ...parts: readonly (string | Buffer)[]) =>
  await attempt({ world, gateway }, port, parts);

const open = (path: string): string => get(path, 'Host: allowed.test\r\n');

describe('methods and paths', () => {
  test.each(['/open/a', '/open', '/open/a?x=/../..', '/open/%C3%BC'])(
    'GET %s gets through (control)',
    async (path) => {
      const { heard } = await send(80, open(path));
      expect(heard.filter(({ kind }) => kind === 'request')).toMatchObject([{ url: path }]);
    },
  );

  test.each([
    ['another path', open('/closed')],
    ['the allowed path as a prefix', open('/opened')],
    ['out of it by dots', open('/open/../closed')],
    ['by escaped dots', open('/open/%2e%2e/closed')],
    ['by an escaped slash', open('/open/..%2fclosed')],
    ['by a backslash', open('/open/..\\closed')],
    ['by a double escape', open('/open/%252e%252e/closed')],
    ['an absolute URL', open('http://allowed.test/closed')],
    ['another method', open('/open/a').replace('GET', 'DELETE')],
    ['another method in small letters', open('/open/a').replace('GET', 'Get')],
    ['a denied path of an open host', get('/admin', 'Host: other.test\r\n')],
    ['a denied path in capitals', get('/ADMIN/x', 'Host: other.test\r\n')],
    ['a denied path behind dots', get('/x/../admin', 'Host: other.test\r\n')],
    ['the asterisk', get('*', 'Host: other.test\r\n').replace('GET', 'OPTIONS')],
    ['https in an absolute URL', get('https://other.test/', 'Host: other.test\r\n')],
    ['ftp in an absolute URL', get('ftp://other.test/', 'Host: other.test\r\n')],
    ['user information in the URL', get('http://a@other.test/', 'Host: other.test\r\n')],
    ['a WebSocket', get('/', 'Host: other.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n')],
  ])('%s', async (_, bytes) => {
    for (const port of [80, 3128]) {
      const { heard, decision } = await send(port, bytes);
      expect({ heard, ...decision }).toMatchObject({ heard: [], verdict: 'deny' });
    }
  });

  test('an offer to upgrade to HTTP/2 is ignored', async () => {
    const upgrade = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n';
    const { heard } = await send(80, get('/', `Host: other.test\r\n${upgrade}`));
    const [request] = heard.filter(({ kind }) => kind === 'request');
    expect(JSON.stringify(request)).not.toMatch(/upgrade|http2/i);
    expect(request).toBeDefined();
  });
});

describe('two requests in one', () => {
  const post = (headers: string, body: string): string =>
    `POST / HTTP/1.1\r\nHost: other.test\r\n${headers}\r\n${body}`;
  const hidden = 'GET /hidden HTTP/1.1\r\nHost: other.test\r\n\r\n';
  const chunked = `0\r\n\r\n${hidden}`;

  test('a second pipelined request is one (control)', async () => {
    const { heard } = await send(80, post('Content-Length: 0\r\n', hidden));
    expect(heard.filter(({ url }) => url === '/hidden')).toHaveLength(1);
  });

  test.each([
    [
      'Content-Length and Transfer-Encoding',
      post('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', chunked),
    ],
    ['two Content-Lengths', post('Content-Length: 0\r\nContent-Length: 60\r\n', hidden)],
    ['a list of Content-Lengths', post('Content-Length: 0, 60\r\n', hidden)],
    ['a signed Content-Length', post('Content-Length: +60\r\n', hidden)],
    ['another transfer coding', post('Transfer-Encoding: gzip, chunked\r\n', chunked)],
    ['an odd transfer coding', post('Transfer-Encoding: xchunked\r\n', chunked)],
    ['two transfer codings', post('Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n', chunked)],
    ['a space before the colon', post('Transfer-Encoding : chunked\r\n', chunked)],
    ['a folded header', post('Transfer-Encoding:\r\n chunked\r\n', chunked)],
    ['a bare line feed', post('X: y\nTransfer-Encoding: chunked\r\n', chunked)],
    ['a NUL in a header', post('X: a\0b\r\n', hidden)],
    ['a chunk size that overflows', post('Transfer-Encoding: chunked\r\n', `10000000000000000\r\n${hidden}`)],
    ['a head without end', `GET / HTTP/1.1\r\nHost: other.test\r\nX: ${'a'.repeat(40_000)}`],
  ])('%s', async (_, bytes) => {
    for (const [port, text] of [
      [80, bytes],
      [3128, bytes.replace(' /', ' http://other.test/')],
    ] as const) {
      const { heard } = await send(port, text);
      expect(heard.filter(({ kind }) => kind === 'request')).toEqual([]);
    }
  });

  test('a second request on a kept connection is judged separately', async () => {
    const requests = ['other.test', 'other.test', 'evil.test', 'other.test'].map((host) =>
      get('/', `Host: ${host}\r\n`),
    );
    const { heard, answer } = await send(80, ...requests);
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 403']);
    // The gateway may have read the last request before the refusal ended the connection; it is allowed by itself.
    const hosts = heard.filter(({ kind }) => kind === 'request').map((one) => one['host']);
    expect(new Set(hosts)).toEqual(new Set(['other.test']));
  });
});

describe('a request inside the content of another, for a server that does not read content', () => {
  const to = (host: string, method = 'GET'): string => {
    const hidden = `POST /hidden HTTP/1.1\r\nHost: ${host}:2227\r\n\r\n`;
    const head = `${method} http://${host}:2227/open/a HTTP/1.1\r\nHost: ${host}:2227\r\n`;
    return `${head}Content-Length: ${hidden.length}\r\n\r\n${hidden}`;
  };
  const plain = (host: string, path: string): string =>
    get(`http://${host}:2227${path}`, `Host: ${host}:2227\r\n`);
  const headsOf = (heard: readonly Heard[]): Heard[] => heard.filter(({ kind }) => kind === 'head');

  test('a request inside content arrives where its host has no limits (control), on a connection used once', async () => {
    const host = 'x.wild.test';
    const { heard, answer } = await send(
      3128,
      plain(host, '/1'),
      to(host),
      plain(host, '/2'),
      plain(host, '/3'),
    );
    const heads = headsOf(heard);
    const isLast = (url: string) =>
      /^connection: close$/im.test(String(heads.find((one) => one['url'] === url)?.['head']));
    expect(['/1', '/open/a', '/2'].map(isLast)).toEqual([false, true, false]);
    const from = heads.find(({ url }) => url === '/open/a')?.['from'];
    expect(heads.filter((one) => one['from'] === from).map(({ url }) => url)).toEqual(['/open/a', '/hidden']);
    expect(answer.match(/^\/.*?(?=HTTP|$)/gm)).toEqual(['/1', '/open/a', '/2', '/3']);
  });

  test.each(['GET', 'DELETE'])(
    '%s: a request with content is not sent where a rule limits methods or paths',
    async (method) => {
      const { heard, decision } = await send(3128, to('allowed.test', method));
      expect({ heard: headsOf(heard), ...decision }).toMatchObject({
        heard: [],
        verdict: 'deny',
        rule: 'allow[2]',
      });
    },
  );

  test('the same request without content is sent (control)', async () => {
    const { heard } = await send(3128, plain('allowed.test', '/open/a'));
    expect(headsOf(heard)).toHaveLength(1);
  });
});
