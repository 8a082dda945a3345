import type { ServerHttp2Stream } from 'node:http2';
import { Readable } from 'node:stream';
import { expect, test, vi } from 'vitest';
import { answer, ask, upstream, outbound, ORIGIN } from './sessions.testing.ts';

/** Which requests are repeated after a failure of the upstream or its connection. */

const HTTP_1_1_REQUIRED = 13;
const CONTENT = Buffer.from('content');

test('a request that its upstream wants over HTTP/1.1 goes there with its content, and so do later ones', async () => {
  const picky = upstream({ serve: (stream) => stream.close(HTTP_1_1_REQUIRED) });
  expect((await ask(picky, '/post', CONTENT)).status).toBe(203);
  expect(picky.old).toMatchObject([{ method: 'POST', path: '/post', body: CONTENT }]);
  expect(await picky.sessions.send(outbound('/next'), ORIGIN)).toBeUndefined();
  picky.sessions.close();
});

test('content that has already passed is not sent again, but the next request uses HTTP/1.1', async () => {
  const picky = upstream({ serve: (stream) => stream.close(HTTP_1_1_REQUIRED) });
  const flowing = { ...outbound('/put', CONTENT), body: Readable.from([CONTENT]) };
  const sent = await picky.sessions.send(flowing, ORIGIN);
  await expect(sent?.answered).rejects.toThrow('http11Required');
  expect(picky.old).toEqual([]);
  expect(await picky.sessions.send(outbound('/next'), ORIGIN)).toBeUndefined();
  picky.sessions.close();
});

/** The upstream cuts each connection at its second request. */
const cutting = (paths: string[]) => {
  const served = new WeakSet<object>();
  return upstream({
    serve: (stream: ServerHttp2Stream, path) => {
      paths.push(path);
      const { session } = stream;
      if (session === undefined) return;
      if (served.has(session) || path === '/first') return session.destroy();
      served.add(session);
      answer(stream, path);
    },
  });
};

test('a GET goes again when its kept connection is gone, and a POST does not', async () => {
  const paths: string[] = [];
  const cut = cutting(paths);
  for (const path of ['/1', '/2']) expect((await ask(cut, path)).status).toBe(200);
  await expect(ask(cut, '/3', CONTENT)).rejects.toThrow('the upstream closed the connection');
  expect(paths).toEqual(['/1', '/2', '/2', '/3']);
  cut.sessions.close();
});

test('the first request of a connection does not go again', async () => {
  const paths: string[] = [];
  const cut = cutting(paths);
  await expect(ask(cut, '/first')).rejects.toThrow('the upstream closed the connection');
  expect(paths).toEqual(['/first']);
  cut.sessions.close();
});

test('connections kept during a sleep of the host are not reused, whatever the request', async () => {
  const all = upstream({ serve: (stream, path) => answer(stream, path) });
  await ask(all, '/1', CONTENT);
  await ask(all, '/2', CONTENT);
  expect(all.dials()).toBe(1);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 });
  await ask(all, '/3', CONTENT);
  vi.useRealTimers();
  expect(all.dials()).toBe(2);
  all.sessions.close();
});
