import type { ServerHttp2Stream } from 'node:http2';
import { expect, test, vi } from 'vitest';
import type { Sent } from '../../message/exchange.ts';
import type { RequestOrigin } from './sessions.ts';
import { answer, ask, ENDS, fickle, upstream, outbound, ORIGIN, type Upstream } from './sessions.testing.ts';

/** Requests that wait until a busy upstream has room. */

/** Maximum of connections to one upstream. */
const CONNECTIONS = 8;
/** Maximum of waiting requests. */
const MOST_WAITING = 1_000;
/** Longer than a test: a request that waits this long has failed it. */
const LIMIT_MS = 10 * 60_000;
const TIMEOUT = { timeout: 10_000 };

interface Busy extends Upstream {
  /** Answers the oldest active request. */
  readonly answerOne: () => void;
  readonly paths: readonly string[];
}

/** An upstream that takes one request per connection, and has one on each. */
async function busyUpstream(): Promise<Busy> {
  const held: ServerHttp2Stream[] = [];
  const paths: string[] = [];
  const serve = (stream: ServerHttp2Stream, path: string): void => {
    paths.push(path);
    if (path === '/held') held.push(stream);
    else answer(stream, path);
  };
  const busy = upstream({ settings: { maxConcurrentStreams: 1 }, limitMs: LIMIT_MS, serve });
  // Sends the first one alone, so that the upstream's settings are known.
  await ask(busy, '/first');
  for (let count = 1; count <= CONNECTIONS; count += 1) void ask(busy, '/held').catch(() => undefined);
  await vi.waitFor(() => expect(held.length).toBe(CONNECTIONS));
  const answerOne = (): void => {
    const stream = held.shift();
    if (stream !== undefined) answer(stream, '');
  };
  return { ...busy, answerOne, paths };
}

/** Requests that wait for the same reason. Their failures are reported only on request. */
function sendMany({ sessions }: Upstream, origin: RequestOrigin, count: number): Promise<Sent | undefined>[] {
  return Array.from({ length: count }, () => {
    const sent = sessions.send(outbound('/many'), origin);
    sent.catch(() => undefined);
    return sent;
  });
}

test.each(Object.entries(ENDS))(
  'a free stream goes to the next waiting request, not to one of which %s',
  TIMEOUT,
  async (_, end) => {
    const busy = await busyUpstream();
    const origin = fickle(end);
    const over = sendMany(busy, origin, CONNECTIONS);
    const stays = ask(busy, '/stays');
    origin.end();
    busy.answerOne();
    expect((await stays).status).toBe(200);
    for (const one of over) await expect(one).rejects.toThrow(end.reason);
    expect(busy.paths).not.toContain('/many');
    busy.sessions.close();
  },
);

test('a free stream that a request cannot use goes to the next', TIMEOUT, async () => {
  const busy = await busyUpstream();
  const unwritable = { ...outbound('/unwritable'), headers: ['Host', 'a.test', 'x-name', '\n'] };
  const bad = busy.sessions.send(unwritable, ORIGIN);
  const stays = ask(busy, '/stays');
  busy.answerOne();
  await expect(bad).rejects.toThrow('cannot be written');
  expect((await stays).status).toBe(200);
  busy.sessions.close();
});

test.each(Object.entries(ENDS))(
  'waiting requests go out without a free stream once %s',
  TIMEOUT,
  async (_, end) => {
    const busy = await busyUpstream();
    const origin = fickle(end);
    const [waiting] = sendMany(busy, origin, 1);
    origin.end();
    await expect(waiting).rejects.toThrow(end.reason);
    busy.sessions.close();
  },
);

test('a limited number of requests wait, and those whose client left do not count', TIMEOUT, async () => {
  const busy = await busyUpstream();
  const origin = fickle(ENDS['its client left']);
  const over = sendMany(busy, origin, MOST_WAITING);
  await expect(ask(busy, '/too-many')).rejects.toThrow('too many are waiting');
  origin.end();
  const stays = ask(busy, '/stays');
  busy.answerOne();
  expect((await stays).status).toBe(200);
  const ends = await Promise.allSettled(over);
  expect(ends.every(({ status }) => status === 'rejected')).toBe(true);
  busy.sessions.close();
});
