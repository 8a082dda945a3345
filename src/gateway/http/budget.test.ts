import { once } from 'node:events';
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2';
import type { Duplex } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { receivedOn, openGateway, type GatewayParts } from './serve.testing.ts';

/** Bytes besides content that count for `max_bytes`. Together with content, no more than the limit passes. */

const LIMIT = 5_000;
const LONG = 'd'.repeat(15_000);
const SHORT = 'd'.repeat(100);

/** A host that records everything it receives, and answers each request with a trailer. */
function host(trailer: string) {
  const heard: string[] = [];
  const serve = (connection: Duplex): void => {
    let pending = '';
    connection.on('data', (bytes: Buffer) => {
      const text = bytes.toString('latin1');
      heard.push(text);
      pending += text;
      if (!/\r\n0\r\n(?:.+\r\n)*\r\n$/.test(pending)) return;
      pending = '';
      connection.write(
        `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX-Down: ${trailer}\r\n\r\n`,
      );
    });
  };
  return { heard: () => heard.join(''), serve };
}

const post = (trailer: string): string =>
  'POST / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\nTE: trailers\r\nTransfer-Encoding: chunked\r\n\r\n' +
  `1\r\nx\r\n0\r\nX-Up: ${trailer}\r\n\r\n`;

/** Returns the answers to ten requests, one connection each. */
async function ten(parts: GatewayParts, trailer: string): Promise<string> {
  using gateway = openGateway(parts);
  let all = '';
  for (let count = 0; count < 10; count += 1) {
    const client = gateway.connect();
    client.write(post(trailer));
    all += await receivedOn(client);
  }
  return all;
}

const LIMITS = { 'of the bottle': {}, 'of the rule': { budget: { name: 'a.test', maxBytes: LIMIT } } };

describe.each(Object.entries(LIMITS))('max_bytes %s', (_, rule) => {
  const limits = 'budget' in rule ? {} : { maxBytes: LIMIT };

  test.each([
    ['looked at', { dlp: 'block' }],
    ['not looked at', {}],
  ] as const)('counts the trailers of requests, %s', async (__, dlp) => {
    const { heard, serve } = host(SHORT);
    const told = await ten({ rule: { ...rule, ...dlp }, limits, serve }, LONG);
    expect(heard().length).toBeLessThanOrEqual(LIMIT);
    expect(told).toMatch(/^HTTP\/1.1 403 .*max_bytes of 5000/s);
  });

  test('max_bytes counts the trailers of answers', async () => {
    const { serve } = host(LONG);
    const told = await ten({ rule, limits, serve }, SHORT);
    expect(told.replaceAll(/HTTP\/1.1 403 .*?\r\n\r\n\{.*?\}\n?/gs, '').length).toBeLessThanOrEqual(LIMIT);
    expect(told).not.toContain('X-Down');
  });
});

test('trailers within the limit pass both ways (control)', async () => {
  const { heard, serve } = host(LONG);
  const told = await ten({ limits: { maxBytes: 400_000 }, serve }, LONG);
  expect([heard().split(LONG).length, told.split(LONG).length]).toEqual([11, 11]);
});

describe('HTTP/2', () => {
  /** Returns what arrives of a request with such a trailer, and the answer. */
  async function over2(limits: { maxBytes: number }, [up, down]: readonly [string, string]) {
    const trailers: string[] = [];
    const server = createHttp2Server().on('stream', (stream) => {
      stream.on('error', () => undefined).on('trailers', (raw) => trailers.push(String(raw['x-up'])));
      stream.on('wantTrailers', () => stream.sendTrailers({ 'x-down': down })).resume();
      stream.once('end', () => {
        stream.respond({ ':status': 200 }, { waitForTrailers: true });
        stream.end('x');
      });
    });
    using gateway = openGateway({
      limits,
      protocol: 'h2',
      serve: (connection) => void server.emit('connection', connection),
    });
    const client = connectHttp2('https://a.test', { createConnection: gateway.connect });
    const stream = client.request({ ':method': 'POST', te: 'trailers' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'x-up': up }));
    stream.on('error', () => undefined).on('trailers', (raw) => trailers.push(String(raw['x-down'])));
    let status = 0;
    stream.once('response', (head) => (status = head[':status'] ?? 0));
    const content = buffer(stream).then(String, () => '');
    stream.end('x');
    await once(stream, 'close');
    client.destroy();
    return { status, content: await content, trailers, isWhole: stream.rstCode === 0 };
  }

  test('max_bytes counts the trailers of requests over HTTP/2', async () => {
    const { status, content, trailers } = await over2({ maxBytes: LIMIT }, [LONG, SHORT]);
    expect([status, trailers]).toEqual([403, []]);
    expect(content).toContain('max_bytes of 5000');
  });

  test('max_bytes counts the trailers of answers over HTTP/2', async () => {
    const { isWhole, trailers } = await over2({ maxBytes: LIMIT }, [SHORT, LONG]);
    expect([isWhole, trailers]).toEqual([false, [SHORT]]);
  });

  test('trailers within the limit pass over HTTP/2 (control)', async () => {
    expect(await over2({ maxBytes: 40_000 }, [LONG, LONG])).toEqual({
      status: 200,
      content: 'x',
      trailers: [LONG, LONG],
      isWhole: true,
    });
  });
});

describe('logged traffic', () => {
  const UP = 'u'.repeat(3_000);
  const DOWN = 'd'.repeat(2_000);

  test('the log states all bytes that passed over HTTP/1.1, including heads and trailers', async () => {
    using gateway = openGateway({
      serve: (connection) =>
        void connection.once('data', () =>
          connection.write(`HTTP/1.1 200 OK\r\nX-Down: ${DOWN}\r\nContent-Length: 1\r\n\r\nx`),
        ),
    });
    const client = gateway.connect();
    client.write(`GET /?${UP} HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n`);
    await receivedOn(client);
    expect(isCounted(await endIn(gateway.log))).toBe(true);
  });

  test('the log states all bytes that passed over HTTP/2, including heads and trailers', async () => {
    const server = createHttp2Server().on('stream', (stream) => {
      stream.on('wantTrailers', () => stream.sendTrailers({ 'x-last': DOWN }));
      stream.respond({ ':status': 200, 'x-down': DOWN }, { waitForTrailers: true });
      stream.end('x');
    });
    using gateway = openGateway({
      protocol: 'h2',
      serve: (connection) => void server.emit('connection', connection),
    });
    const client = connectHttp2('https://a.test', { createConnection: gateway.connect });
    const stream = client.request({ ':path': `/?${UP}` }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'x-up': UP })).resume();
    await once(stream, 'close');
    client.destroy();
    expect(isCounted(await endIn(gateway.log))).toBe(true);
  });

  interface End {
    readonly up: number;
    readonly down: number;
  }

  async function endIn(log: () => string): Promise<End> {
    const ends = (): string[] =>
      log()
        .split('\n')
        .filter((line) => line.includes('"event":"end"'));
    await expect.poll(() => ends().length).toBe(1);
    return JSON.parse(ends()[0] ?? '') as End;
  }

  /** Huffman coding, which the host may use, makes some of it shorter. */
  const isCounted = ({ up, down }: End): boolean => up > UP.length / 2 && down > DOWN.length / 2;
});
