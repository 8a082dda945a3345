import { duplexPair } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createOrigin, type Origin } from './origin.ts';

const ASKED = { via: 'tls', host: 'a.test', port: 443, method: 'GET', path: '/' } as const;

async function given(text: string): Promise<Origin> {
  const [client, server] = duplexPair();
  const origin = createOrigin(server, ASKED);
  client.resume().write(Buffer.from(text, 'latin1'));
  await turn();
  return origin;
}

const head = (...lines: readonly string[]): string => [...lines, '', ''].join('\r\n');

test('requests behind one another are read, whatever frames them', async () => {
  const { requests, problem } = await given(
    head('POST /1 HTTP/1.1', 'Host: a.test', 'Content-Length: 2') +
      `ab${head('POST /2 HTTP/1.1', 'Host: a.test', 'Transfer-Encoding: chunked')}` +
      `3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n${head('GET /3 HTTP/1.1', 'Host: a.test')}`,
  );
  expect(problem()).toBeUndefined();
  expect(requests.map(({ path }) => path)).toEqual(['/1', '/2', '/3']);
});

test.each([
  ['two lengths', head('POST / HTTP/1.1', 'Host: a.test', 'Content-Length: 1', 'Content-Length: 1')],
  [
    'two framings',
    head('POST / HTTP/1.1', 'Host: a.test', 'Content-Length: 1', 'Transfer-Encoding: chunked'),
  ],
  ['an odd coding', head('POST / HTTP/1.1', 'Host: a.test', 'Transfer-Encoding: Chunked')],
  ['an odd length', head('POST / HTTP/1.1', 'Host: a.test', 'Content-Length: +1')],
  ['no Host', head('GET / HTTP/1.1')],
  ['two Hosts', head('GET / HTTP/1.1', 'Host: a.test', 'host: a.test')],
  ['a folded header', head('GET / HTTP/1.1', 'Host: a.test', ' more')],
  ['a bare line feed', head('GET / HTTP/1.1', 'Host: a.test\nX: y')],
  ['a space before the colon', head('GET / HTTP/1.1', 'Host : a.test')],
  ['a header between neighbours', head('GET / HTTP/1.1', 'Host: a.test', 'TE: trailers')],
  ['an absolute target', head('GET http://a.test/ HTTP/1.1', 'Host: a.test')],
  ['an odd chunk', `${head('POST / HTTP/1.1', 'Host: a.test', 'Transfer-Encoding: chunked')}1;x\r\na\r\n`],
])('%s is no request', async (_, text) => {
  expect((await given(text)).problem()).toBeDefined();
});
