import { duplexPair } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { expect, test, vi } from 'vitest';
import type { Passage } from '../../gate/gate.ts';
import { frameOf, frameOfNumbers, TYPE } from '../h2/frames/frame.ts';
import { createSessions, type RequestOrigin } from './sessions.ts';
import { answer, ask, upstream, outbound, PASSAGE, ORIGIN } from './sessions.testing.ts';

/** Connections to an upstream that is Node's own HTTP/2 server. */

test('one connection serves many requests', async () => {
  const all = upstream({ serve: (stream, path) => answer(stream, path) });
  const answers = await Promise.all(['/1', '/2', '/3'].map(async (path) => await ask(all, path)));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(all.dials()).toBe(1);
  all.sessions.close();
});

test('the gateway remembers that an upstream has chosen HTTP/1.1', async () => {
  const old = upstream({ alpn: () => 'http/1.1', serve: (stream) => stream.close() });
  expect(await old.sessions.send(outbound('/'), ORIGIN)).toBeUndefined();
  expect(await old.sessions.send(outbound('/'), ORIGIN)).toBeUndefined();
  expect(old.dials()).toBe(1);
});

test('the gateway soon notices that an upstream has changed to HTTP/2', async () => {
  let alpn = 'http/1.1';
  const changing = upstream({ alpn: () => alpn, serve: (stream, path) => answer(stream, path) });
  expect(await changing.sessions.send(outbound('/'), ORIGIN)).toBeUndefined();
  alpn = 'h2';
  expect(await changing.sessions.send(outbound('/'), ORIGIN)).toBeUndefined();
  vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 10 * 60_000);
  expect((await ask(changing, '/')).status).toBe(200);
  vi.restoreAllMocks();
  changing.sessions.close();
});

test('a request that the upstream refused unprocessed is sent once more, with its content', async () => {
  const paths: string[] = [];
  const picky = upstream({
    serve: (stream, path, count) => {
      if (count === 1) return stream.close(7);
      paths.push(path);
      stream.respond({ ':status': 200 });
      stream.pipe(stream);
    },
  });
  const { status } = await ask(picky, '/post', Buffer.from('content'));
  expect({ status, paths }).toEqual({ status: 200, paths: ['/post'] });
  picky.sessions.close();
});

test('requests that a leaving upstream has not processed go on another connection', async () => {
  const leaves = [
    frameOf({ type: TYPE.settings, flags: 0, id: 0 }),
    // Its last stream is 0, so it processed no request.
    frameOfNumbers({ type: TYPE.goAway, flags: 0, id: 0 }, 0, 0),
  ];
  const leaving = upstream({ first: Buffer.concat(leaves), serve: (stream, path) => answer(stream, path) });
  expect((await ask(leaving, '/')).status).toBe(200);
  expect(leaving.dials()).toBe(2);
  leaving.sessions.close();
});

test('a request that the upstream began and broke off is not sent again', async () => {
  let count = 0;
  const broken = upstream({
    serve: (stream) => {
      count += 1;
      stream.close(2);
    },
  });
  await expect(ask(broken, '/')).rejects.toThrow('internalError');
  expect(count).toBe(1);
  broken.sessions.close();
});

test('the error states why a connection broke', async () => {
  const [near] = duplexPair();
  const secure = Object.assign(near, { alpnProtocol: 'h2' }) as unknown as TLSSocket;
  const noOld = (): never => {
    throw new Error('it speaks HTTP/2');
  };
  const sent = await createSessions(async () => secure, 1_000, noOld).send(outbound('/'), ORIGIN);
  near.destroy(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
  await expect(sent?.answered).rejects.toThrow('the upstream broke off the connection (read ECONNRESET)');
});

test('the gateway opens no more streams at a time than the upstream allows, and all get answers', async () => {
  let [running, most] = [0, 0];
  const narrow = upstream({
    settings: { maxConcurrentStreams: 1 },
    serve: (stream, path) => {
      running += 1;
      most = Math.max(most, running);
      setTimeout(() => {
        running -= 1;
        answer(stream, path);
      }, 5);
    },
  });
  // Sends the first one alone, so that the upstream's settings are known.
  await ask(narrow, '/first');
  const answers = await Promise.all(
    Array.from({ length: 30 }, async (_, index) => await ask(narrow, `/${index}`)),
  );
  expect(answers.every(({ status }) => status === 200)).toBe(true);
  // Eight connections with one request each.
  expect(most).toBeLessThanOrEqual(8);
  expect(narrow.dials()).toBeLessThanOrEqual(8);
  narrow.sessions.close();
});

test('dropping closes idle connections, and the next request gets a new one', async () => {
  const all = upstream({ serve: (stream, path) => answer(stream, path) });
  await ask(all, '/1');
  all.sessions.dropIdle();
  await ask(all, '/2');
  expect(all.dials()).toBe(2);
  all.sessions.close();
});

test.each([
  ['was revoked', 'the rule is gone', true, 'the rule is gone'],
  ['is no longer wanted', undefined, false, 'the client left'],
])('a request that %s during the dial is not sent', async (...[, revoked, isWanted, reason]) => {
  const heard: string[] = [];
  const { sessions } = upstream({
    serve: (stream, path) => {
      heard.push(path);
      stream.respond({ ':status': 200 });
      stream.end();
    },
  });
  let hasChanged = false;
  const origin: RequestOrigin = {
    passage: {
      ...PASSAGE,
      revocation: { revoked: () => (hasChanged ? revoked : undefined) },
    } as unknown as Passage,
    isWanted: () => !hasChanged || isWanted,
  };
  const first = sessions.send(outbound('/first'), ORIGIN);
  const second = sessions.send(outbound('/second'), origin);
  hasChanged = true;
  await expect(second).rejects.toThrow(reason);
  await (
    await first
  )?.answered;
  expect(heard).toEqual(['/first']);
  sessions.close();
});

test('the gateway gives up on an upstream that never has a free stream', async () => {
  const { sessions } = upstream({ settings: { maxConcurrentStreams: 0 }, serve: () => undefined });
  // The first is sent before the upstream has announced its maximum.
  const first = await sessions.send(outbound('/first'), ORIGIN);
  first?.answered.catch(() => undefined);
  await turn();
  await expect(sessions.send(outbound('/second'), ORIGIN)).rejects.toThrow('had no room');
  sessions.close();
});
