import { duplexPair, type Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { expect, test } from 'vitest';
import type { Outcome } from '../audit/line.ts';
import type { Rule } from '../config.ts';
import { gateThatPasses } from '../gate/gate.testing.ts';
import { createScreen } from '../screen/screen.ts';
import { createHttpService } from './serve.ts';

/**
 * Hosts that repeat what they were lent in odd places: neither the client nor the log gets it. The gate is a stand-in.
 */

const SECRET = 'k-0f1e2d3c4b5a69788796a5b4c3d2e1f0';
const RULE: Rule = {
  id: 'allow[0]',
  host: 'a.test',
  port: 443,
  scheme: 'https',
  opensTls: true,
  websocket: true,
  inject: { secret: 'key', slot: { kind: 'header', name: 'x-api-key' } },
};
const ENTRANCE = {
  via: 'tls',
  isSecure: true,
  bound: { host: { kind: 'name', host: 'a.test' }, port: 443 },
} as const;
const GET = 'GET / HTTP/1.1\r\nHost: a.test\r\nTE: trailers\r\n';
const OPENING = 'Upgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Version: 13\r\n';
const WEBSOCKET = `${GET}${OPENING}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n`;
/** The answer to that key (RFC 6455, 1.3). */
const TAKEN_UP =
  'Upgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n';

/** Answers a request. An Error means that the host is not reachable. */
type Host = (request: string) => string | Error;

interface Told {
  /** Everything that the client received. */
  readonly answer: string;
  /** The outcome in the log's line of the end. */
  readonly outcome: Outcome | undefined;
  /** Everything that the host received. */
  readonly request: string;
}

async function ask(host: Host, request: string): Promise<Told> {
  const told = { answer: '', request: '', outcome: undefined as Outcome | undefined };
  const http = createHttpService({
    gate: gateThatPasses(RULE, { isLent: true, end: (outcome) => (told.outcome ??= outcome) }),
    screen: createScreen({
      secrets: { inject: { key: { value: SECRET, placeholder: 'p-stands-for-it' } }, protect: [] },
      rules: [],
      basicUsers: [],
    }),
    bottleId: 'echo',
    dialTls: async () => {
      await turn();
      const unreachable = host('');
      if (unreachable instanceof Error) throw unreachable;
      const [near, far] = duplexPair();
      far
        .on('error', () => undefined)
        .once('data', (bytes: Buffer) => {
          told.request = bytes.toString('latin1');
          far.write(Buffer.from(String(host(told.request)), 'latin1'));
        });
      return secure(near);
    },
    upstreamSilenceMs: 10_000,
    onConnect: ({ wire }) => wire.destroy(),
  });
  const [client, server] = duplexPair();
  http.acceptSecure(secure(server), ENTRANCE);
  client.on('data', (bytes: Buffer) => (told.answer += bytes.toString('latin1')));
  client.write(`${request}\r\n`);
  for (let count = 0; count < 50; count += 1) await turn();
  client.destroy();
  server.destroy();
  for (let count = 0; count < 10; count += 1) await turn();
  http.close();
  return told;
}

const secure = (stream: Duplex): TLSSocket =>
  Object.assign(stream, { alpnProtocol: 'http/1.1', setTimeout: () => stream }) as unknown as TLSSocket;

const keyIn = (request: string): string => /x-api-key: (\S+)/i.exec(request)?.[1] ?? 'none';
/** Answers with this head and two bytes of content. */
const head =
  (lines: (key: string) => string, status = '200 OK'): Host =>
  (request) =>
    `HTTP/1.1 ${status}\r\n${lines(keyIn(request))}Content-Length: 2\r\n\r\nhi`;

/** Hosts whose answers the gateway withholds. */
const FAILING: Readonly<Record<string, readonly [host: Host, reason: string]>> = {
  'a coding that is a secret': [
    head((key) => `Content-Encoding: ${key}\r\n`),
    'that the request did not ask for',
  ],
  'in capitals': [
    head((key) => `Content-Encoding: ${key.toUpperCase()}\r\n`),
    'that the request did not ask for',
  ],
  'a fault described by the host': [
    () => new Error(`no certificate for ${SECRET}.test`),
    'no certificate for *',
  ],
  'a part that the request did not ask for': [
    head(() => 'Content-Range: bytes 0-1/2\r\n', '206 Partial'),
    'did not ask for',
  ],
  'parts that the request did not ask for': [
    head(() => 'Content-Type: multipart/byteranges; boundary=x\r\n', '206 Partial'),
    'did not ask for',
  ],
  'a part in an answer with status 200': [head(() => 'Content-Range: bytes 0-1/2\r\n'), 'did not ask for'],
  'a charset that the gateway cannot scrub': [
    head(() => 'Content-Type: text/plain;charset=IBM037\r\n'),
    'in the charset IBM037,',
  ],
  'one of several charsets, in quotes': [
    head(() => 'Content-Type: text/plain\r\ncontent-type: text/plain; Charset = "UTF-32" \r\n'),
    'in the charset UTF-32,',
  ],
  'a charset that is a secret': [
    head((key) => `Content-Type: text/plain;charset=${key}\r\n`),
    `in the charset ${'*'.repeat(SECRET.length)},`,
  ],
};

test.each(Object.entries(FAILING))(
  'the client reads of a failed answer without the secret: %s',
  async (_, [host, reason]) => {
    for (const request of [GET, WEBSOCKET]) {
      const { answer, outcome } = await ask(host, request);
      const all = `${answer}${outcome?.reason}`;
      expect(all.toLowerCase()).not.toContain(SECRET);
      expect(answer).toContain('HTTP/1.1 502');
      expect([answer, outcome?.reason]).toEqual([
        expect.stringContaining(reason),
        expect.stringContaining(reason),
      ]);
    }
  },
);

/** Hosts whose answers must still arrive. */
const NAMING: Readonly<Record<string, readonly [request: string, host: Host, left: string]>> = {
  'a header': [GET, head((key) => `X-Seen-${key}: 1\r\nX-Left: 2\r\n`), 'X-Left: 2'],
  'a header, with escapes': [
    GET,
    head((key) => `X${key.replace('k', '%6b')}: 1\r\nX-Left: 2\r\n`),
    'X-Left: 2',
  ],
  'a trailer': [
    GET,
    (request) =>
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-${keyIn(request)}: 1\r\nX-Left: 2\r\n\r\n`,
    'X-Left: 2',
  ],
  'a header of a WebSocket': [
    WEBSOCKET,
    (request) =>
      `HTTP/1.1 101 Switching Protocols\r\n${TAKEN_UP}X-${keyIn(request)}: 1\r\nX-Left: ${keyIn(request)}\r\n\r\n`,
    `X-Left: ${'*'.repeat(SECRET.length)}`,
  ],
};

test.each(Object.entries(NAMING))(
  'the gateway scrubs a secret in the name of %s',
  async (_, [request, host, left]) => {
    const told = await ask(host, request);
    expect(told.request).toContain(SECRET);
    expect(told.answer.toLowerCase()).not.toContain(SECRET.slice(1));
    expect(told.answer).toContain(left);
  },
);

test.each(['range', 'request-range', 'x-ms-range'])('%s does not reach a host', async (name) => {
  const { request, answer } = await ask(
    head(() => ''),
    `${GET}${name}: bytes=0-1\r\n`,
  );
  expect(request.toLowerCase()).not.toContain('bytes=');
  expect(answer).toContain('200 OK');
});

const LONE = 'Accept-Charset: IBM037\r\nA-IM: vcdiff\r\n';

test.each([
  ['a request', GET],
  ['the handshake of a WebSocket', WEBSOCKET],
])('%s asks the host for no charset, and keeps all other headers', async (_, asking) => {
  const accepts = 'Accept: a/b;CHARSET="utf-32";q=0.5 , */*;q=0.1\r\naccept: c/d; charset=x\r\n';
  const { request } = await ask(
    head(() => ''),
    `${asking}${accepts}${LONE}`,
  );
  expect(request).toContain('Accept: a/b;q=0.5 , */*;q=0.1\r\naccept: c/d\r\n');
  expect(request).not.toMatch(/charset|a-im/i);
});

test.each(['HEAD', 'GET'])('a charset of what has no content says nothing: %s', async (method) => {
  const status = method === 'HEAD' ? '200 OK' : '304 Not Modified';
  const { answer } = await ask(
    head(() => 'Content-Type: text/plain;charset=IBM037\r\n', status),
    GET.replace('GET', method),
  );
  expect(answer).toContain(`HTTP/1.1 ${status}`);
});

test.each([
  ['of items is an answer', GET, head(() => 'Content-Range: 0-24/319\r\n', '206 Partial')],
  [
    'in answer to HEAD tells nothing',
    GET.replace('GET', 'HEAD'),
    head(() => 'Content-Range: bytes 0-1/2\r\n', '206 Partial'),
  ],
])('a partial answer does not reach the client: %s', async (_, request, host) => {
  expect((await ask(host, request)).answer).toContain('HTTP/1.1 206');
});
