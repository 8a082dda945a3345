import { PassThrough } from 'node:stream';
import { describe, expect, test, vi } from 'vitest';
import type { Passage } from '../../gate/gate.ts';
import type { HttpRequest, Sent } from '../../message/exchange.ts';
import { contentOf, FINE, open, PASSAGE, say, settle, type UpstreamSide } from './h1.testing.ts';

test('content that is read during the dial arrives whole', async () => {
  const { upstreams, send } = open();
  const body = new PassThrough();
  body.end('hello');
  send({ method: 'POST', body });
  body.on('data', () => undefined);
  await settle();
  expect(upstreams[0]?.heard()).toMatch(/\r\n\r\n5\r\nhello\r\n0\r\n\r\n$/);
});

describe('connections to an upstream', () => {
  /** Returns how many connections two requests used, the first of which got this answer. */
  const used = async (first: {
    said?: string;
    outbound?: Partial<HttpRequest>;
    passage?: Partial<Passage>;
  }): Promise<number> => {
    const { upstreams, send } = open();
    const { answered } = send(first.outbound, first.passage);
    await settle();
    await say(upstreams[0], first.said ?? FINE);
    await contentOf((await answered).body);
    await settle();
    send();
    await settle();
    return upstreams.length;
  };

  test.each<[string, Parameters<typeof used>[0], number]>([
    ['are used again', {}, 1],
    ['after chunks', { said: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n' }, 1],
    ['after content, where that may be', { outbound: { method: 'POST', body: Buffer.from('a') } }, 1],
    [
      'not after content, where it may not',
      { outbound: { method: 'POST', body: Buffer.from('a') }, passage: { mayFollowContent: false } },
      2,
    ],
    ['not when the upstream says so', { said: FINE.replace('\r\n', '\r\nConnection: Close\r\n') }, 2],
    ['not of HTTP/1.0', { said: FINE.replace('1.1', '1.0') }, 2],
    ['not with bytes behind the answer', { said: `${FINE}${FINE}` }, 2],
    ['not to another upstream', { passage: { asked: { ...PASSAGE.asked, host: 'b.test' } } }, 2],
    ['not to another port', { passage: { asked: { ...PASSAGE.asked, port: 444 } } }, 2],
    ['not to another address', { passage: { route: { kind: 'direct', addresses: ['192.0.2.2'] } } }, 2],
  ])('are reused or closed after a request: %s', async (_, first, connections) => {
    expect(await used(first)).toBe(connections);
  });

  /** Returns the upstream's side of a connection after a request and its answer. */
  const keptOne = async (): Promise<ReturnType<typeof open>> => {
    const scene = open();
    const { answered } = scene.send();
    await settle();
    await say(scene.upstreams[0], FINE);
    await answered;
    await settle();
    return scene;
  };

  /** Returns how many connections two requests used with this time between them. */
  const usedAfter = async (idleMs: number, outbound: Partial<HttpRequest>): Promise<number> => {
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      const { upstreams, send } = await keptOne();
      vi.setSystemTime(Date.now() + idleMs);
      send(outbound);
      await settle();
      return upstreams.length;
    } finally {
      vi.useRealTimers();
    }
  };

  test.each([
    { what: 'are used for a minute by what may go again', idleMs: 59_000, method: 'GET', connections: 1 },
    { what: 'and no longer', idleMs: 60_000, method: 'GET', connections: 2 },
    { what: 'for less than five seconds by what may not', idleMs: 3_900, method: 'DELETE', connections: 1 },
    { what: 'and no longer by that', idleMs: 4_000, method: 'DELETE', connections: 2 },
    { what: 'not where the clock was put back', idleMs: -1, method: 'GET', connections: 2 },
  ])('$what', async ({ idleMs, method, connections }) => {
    expect(await usedAfter(idleMs, { method })).toBe(connections);
  });

  test('stay open for others when they are too old for one request', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      const { upstreams, send } = await keptOne();
      vi.setSystemTime(Date.now() + 10_000);
      send({ method: 'DELETE' });
      send();
      await settle();
      expect(upstreams.map((upstream) => upstream.heard().slice(0, 3))).toEqual(['GET', 'DEL']);
      expect(upstreams[0]?.heard()).toMatch(/GET [^]+GET /);
    } finally {
      vi.useRealTimers();
    }
  });

  test('are not reused after unexpected bytes', async () => {
    const { upstreams, send } = open();
    const { answered } = send();
    await settle();
    await say(upstreams[0], FINE);
    await answered;
    await say(upstreams[0], FINE);
    expect(upstreams[0]?.stream.destroyed).toBe(true);
  });

  test('are closed when they are dropped, and those in use after their request', async () => {
    const { client, upstreams, send } = open();
    const [, second] = [send(), send()];
    await settle();
    await say(upstreams[0], FINE);
    client.dropIdle();
    await settle();
    expect(upstreams.map(({ stream }) => stream.destroyed)).toEqual([true, false]);
    await say(upstreams[1], FINE);
    expect((await second.answered).status).toBe(200);
    await settle();
    expect(upstreams[1]?.stream.destroyed).toBe(true);
  });

  test('send the rest of a request only until its answer ends', async () => {
    const { upstreams, send } = open();
    const body = new PassThrough();
    const { answered } = send({ method: 'POST', body });
    body.write('a');
    await settle();
    await say(upstreams[0], FINE);
    expect((await answered).status).toBe(200);
    await settle();
    expect([body.destroyed, upstreams[0]?.stream.destroyed]).toEqual([true, true]);
  });

  test('end with an abandoned exchange, and others stay', async () => {
    const { upstreams, send } = open();
    const first = send();
    await settle();
    await say(upstreams[0], FINE);
    await first.answered;
    const second = send();
    await settle();
    first.abandon();
    await say(upstreams[0], FINE);
    expect((await second.answered).status).toBe(200);
    const third = send();
    third.abandon();
    await expect(third.answered).rejects.toThrow('no longer waits');
    await settle();
    expect([upstreams.length, upstreams[0]?.stream.destroyed]).toEqual([1, true]);
  });
});

describe('kept connections that the upstream has just closed', () => {
  /** Returns the result of a second request when the upstream ends the connection instead of answering. */
  const second = async (
    outbound: Partial<HttpRequest>,
    said = '',
  ): Promise<{ upstreams: UpstreamSide[]; sent: Sent }> => {
    const { upstreams, send } = open();
    const { answered } = send();
    await settle();
    await say(upstreams[0], FINE);
    await answered;
    const sent = send(outbound);
    await settle();
    if (said !== '') await say(upstreams[0], said);
    upstreams[0]?.stream.end();
    await settle();
    return { upstreams, sent };
  };

  test.each(['GET', 'HEAD', 'OPTIONS'])(
    'make %s without content go again once, on a new connection',
    async (method) => {
      const { upstreams, sent } = await second({ method });
      expect(upstreams[1]?.heard()).toContain(`${method} /a`);
      upstreams[1]?.stream.end();
      await expect(sent.answered).rejects.toThrow('without an answer');
      expect(upstreams).toHaveLength(2);
    },
  );

  test.each<[string, Partial<HttpRequest>, string]>([
    ['another method', { method: 'DELETE' }, ''],
    ['content', { body: Buffer.from('a') }, ''],
    ['the beginning of an answer', {}, 'HTTP/1.1 2'],
  ])('do not repeat a request with %s', async (_, outbound, said) => {
    const { upstreams, sent } = await second(outbound, said);
    await expect(sent.answered).rejects.toThrow('the upstream closed the connection');
    expect(upstreams).toHaveLength(1);
  });
});
