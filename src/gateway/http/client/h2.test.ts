import { expect, test } from 'vitest';
import { headOf2, replyOf2 } from './h2.ts';

const headersOf = (...headers: string[]): readonly string[] =>
  headOf2({ method: 'GET', path: '/', scheme: 'https', authority: '', headers } as never).headers;

test.for<[string, string[], string[]]>([
  ['pieces are one again', ['cookie', 'a=1', 'x', 'y', 'cookie', 'b=2'], ['x', 'y', 'cookie', 'a=1; b=2']],
  ['one stays where it is', ['cookie', 'a=1', 'x', 'y'], ['cookie', 'a=1', 'x', 'y']],
  [
    'a value is no name',
    ['vary', 'cookie', 'cookie', 'a=1', 'x', 'y'],
    ['vary', 'cookie', 'cookie', 'a=1', 'x', 'y'],
  ],
  ['values alone are no cookies', ['vary', 'cookie', 'x', 'cookie'], ['vary', 'cookie', 'x', 'cookie']],
])('cookies are joined into one header: %s', ([, given, expected]) => {
  expect(headersOf(...given)).toEqual(expected);
});

test.each([
  [
    ['x', 'y'],
    ['host', 'a.test', 'x', 'y'],
  ],
  [
    ['host', 'a.test', 'x', 'y'],
    ['host', 'a.test', 'x', 'y'],
  ],
  [
    ['host', 'b.test'],
    ['host', 'a.test', 'host', 'b.test'],
  ],
])(
  'the authority becomes the Host header, and a contradicting Host header is kept beside it: %j',
  (headers, expected) => {
    const head = { method: 'GET', path: '/', scheme: 'https', authority: 'a.test', headers };
    expect(headOf2(head as never).headers).toEqual(expected);
  },
);

test.each([
  ['304', 304, ['etag', 'x']],
  ['204', 204, ['etag', 'x']],
  ['200', 200, ['etag', 'x', 'Content-Length', '5']],
])('a Content-Length without content does not leave: %s', (_, status, told) => {
  const heads: (readonly string[])[] = [];
  const stream = { sendHead: (head: readonly string[]) => heads.push(head), sendLast: () => undefined };
  replyOf2(stream as never).whole(
    { status, headers: ['etag', 'x', 'Content-Length', '5'] } as never,
    Buffer.alloc(0),
  );
  expect(heads).toEqual([[':status', String(status), ...told]]);
});
