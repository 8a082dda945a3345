import { PassThrough, Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { HttpRequest } from '../../message/exchange.ts';
import { answerTo, contentOf, FINE, open, say, settle } from './h1.testing.ts';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { hasWriteFailed, delayWriteFailures } from './exchange1.ts';

describe('requests to an upstream', () => {
  test.each<[string, Partial<HttpRequest>, string]>([
    ['without content', {}, 'GET /a HTTP/1.1\r\nHost: a.test\r\nConnection: keep-alive\r\n\r\n'],
    [
      'without content, where there could be some',
      { method: 'POST' },
      'POST /a HTTP/1.1\r\nHost: a.test\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n',
    ],
    [
      'with content that is here',
      { method: 'PUT', body: Buffer.from('hello') },
      'PUT /a HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\nhello',
    ],
    [
      'with content that comes',
      { method: 'PUT', body: Readable.from(['hel', 'lo']) },
      'PUT /a HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n',
    ],
    [
      'with content of a length that comes',
      { method: 'PUT', headers: ['content-length', '5'], body: Readable.from(['hel', 'lo']) },
      'PUT /a HTTP/1.1\r\ncontent-length: 5\r\nConnection: keep-alive\r\n\r\nhello',
    ],
    [
      'with trailers',
      { method: 'PUT', body: Buffer.from('hello'), trailers: () => ['X-Sum', '1', 'Host', 'b.test'] },
      'PUT /a HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n',
    ],
  ])('are written: %s', async (_, outbound, text) => {
    const { upstreams, send } = open();
    const { answered } = send(outbound);
    await settle();
    expect(upstreams[0]?.heard()).toBe(text);
    await say(upstreams[0], FINE);
    expect((await answered).status).toBe(200);
  });

  test.each<[string, Partial<HttpRequest>, string]>([
    ['with a line end in a header', { headers: ['A', 'b\r\nC: d'] }, 'cannot be written'],
    [
      'with another length than it has',
      { headers: ['Content-Length', '9'], body: Buffer.from('a') },
      'announced',
    ],
    [
      'with less content than it says',
      { headers: ['Content-Length', '9'], body: Readable.from(['a']) },
      'shorter than announced',
    ],
    [
      'with more content than it says',
      { headers: ['Content-Length', '1'], body: Readable.from(['ab']) },
      'longer than announced',
    ],
  ])('are not sent %s', async (_, outbound, why) => {
    const { upstreams, send } = open();
    const { answered } = send({ method: 'POST', ...outbound });
    await expect(answered).rejects.toThrow(why);
    await settle();
    expect(upstreams[0]?.heard()).not.toMatch(/b$/);
    expect(upstreams[0]?.stream.destroyed).toBe(true);
  });

  test('fail with their content when it breaks off, and their connection ends', async () => {
    const { upstreams, send } = open();
    const body = new PassThrough();
    const { answered } = send({ method: 'POST', body });
    body.write('a');
    await settle();
    body.destroy(new Error('something was found'));
    await expect(answered).rejects.toThrow('something was found');
    expect(upstreams[0]?.stream.destroyed).toBe(true);
  });
});

describe('answers of an upstream', () => {
  test.each([
    ['of a length', FINE, 'ok'],
    [
      'in chunks',
      'HTTP/1.1 200 Fine\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n',
      'ok',
    ],
    ['to the end of the connection', 'HTTP/1.1 200 Fine\r\n\r\nok', 'ok'],
    ['of HTTP/1.0', 'HTTP/1.0 200 Fine\r\n\r\nok', 'ok'],
    [
      'after interim answers',
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n${FINE}`,
      'ok',
    ],
  ])('are read: %s', async (_, said, expected) => {
    const { answer, content } = await answerTo(said, { ends: true });
    expect(answer).toMatchObject({ status: 200, statusMessage: 'Fine' });
    expect(content).toBe(expected);
  });

  test('have no content for HEAD, whatever they say', async () => {
    const { answer, content } = await answerTo('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n', {
      method: 'HEAD',
    });
    expect([answer.headers, content]).toEqual([['Content-Length', '9'], '']);
  });

  test('may have trailers', async () => {
    const chunks = '2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n';
    const { answer, content } = await answerTo(
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`,
    );
    expect([content, answer.trailers()]).toEqual(['ok', ['X-Sum', '1']]);
  });

  test.each([
    ['nothing', '', 'without an answer'],
    ['half a head', 'HTTP/1.1 200 OK\r\n', 'in the middle of its answer'],
    ['garbage', 'garbage\r\n\r\n', 'the status line is malformed'],
    ['both framings', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n', 'both'],
    [
      'two lengths',
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n',
      'several Content-Length headers',
    ],
    ['another coding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n', 'not exactly chunked'],
    ['a folded header', 'HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n', 'folded'],
    ['bare line feeds', 'HTTP/1.1 200 OK\nA: b\n\n', 'LF alone'],
    [
      'a malformed chunk',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n',
      'the size of a chunk',
    ],
    ['an unrequested protocol', 'HTTP/1.1 101 OK\r\nUpgrade: x\r\n\r\n', 'did not ask for'],
    ['hints without end', 'HTTP/1.1 103 Early\r\n\r\n'.repeat(20), 'too many interim answers'],
    ['a head of 70 KB', `HTTP/1.1 200 OK\r\nA: ${'a'.repeat(70_000)}`, 'longer than 65536'],
  ])('are refused when they are malformed: %s', async (_, said, why) => {
    await expect(answerTo(said, { ends: true })).rejects.toThrow(why);
  });

  test.each([
    ['of a length', 'Content-Length: 5\r\n\r\nhel', 'in the middle of its answer'],
    ['in chunks', 'Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n', 'in the middle of its answer'],
    ['in bad chunks', 'Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n', 'malformed HTTP'],
  ])('fail when they break off: %s', async (_, said, why) => {
    const { upstreams, send } = open();
    const sent = send();
    await settle();
    await say(upstreams[0], `HTTP/1.1 200 OK\r\n${said}`);
    const { body } = await sent.answered;
    const content = contentOf(body).catch((error: Error) => error.message);
    if (why.startsWith('malformed')) await say(upstreams[0], 'x\r\n');
    upstreams[0]?.stream.end();
    expect(await content).toContain(why);
  });

  test('an exchange counts its bytes both ways, including heads', async () => {
    const { upstreams, send } = open();
    const sent = send({ method: 'POST', body: Readable.from(['hello']) });
    await settle();
    await say(upstreams[0], FINE);
    await sent.answered;
    expect(sent.traffic()).toEqual({ up: upstreams[0]?.heard().length, down: FINE.length });
  });
});

const PIECE = Buffer.alloc(16_384);

interface Heard {
  readonly said: string;
  readonly code: string;
  readonly isKnown: boolean;
}

/**
 * An upstream answers the first bytes and closes, while the client has written more. Returns what the client reads, and
 * its error.
 */
async function heardBy(prepare: (socket: Socket) => void): Promise<Heard> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').pause();
  let [said, code] = ['', ''];
  socket.on('error', (error: NodeJS.ErrnoException) => (code = error.code ?? ''));
  const closed = new Promise((resolve) => socket.once('close', resolve));
  const [upstream] = (await once(server, 'connection')) as [Socket];
  prepare(socket);
  await new Promise((resolve) => socket.write(PIECE, resolve));
  upstream.on('error', () => undefined).pause();
  await new Promise((resolve) => upstream.write('too large', resolve));
  upstream.resetAndDestroy(); // as the kernel does with unread bytes
  await once(upstream, 'close');
  for (let count = 0; count < 4; count += 1) socket.write(PIECE);
  const isKnown = hasWriteFailed(socket);
  socket.on('data', (bytes: Buffer) => (said += bytes.toString())).resume();
  await closed;
  server.close();
  return { said, code, isKnown };
}

test('an answer is lost with the next write when its upstream closes early and errors are not delayed (control)', async () => {
  expect(await heardBy(() => undefined)).toEqual({
    said: '',
    code: expect.stringMatching(/EPIPE|ECONNRESET/),
    isKnown: false,
  });
});

test('an answer arrives although its upstream closed early, and the failure follows', async () => {
  expect(await heardBy(delayWriteFailures)).toEqual({
    said: 'too large',
    code: expect.stringMatching(/EPIPE|ECONNRESET/),
    isKnown: true,
  });
});
