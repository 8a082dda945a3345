import { expect, test } from 'vitest';
import { framingOfAnswer, framingOfRequest, type Framing } from './framing.ts';

const CHUNKED = ['Transfer-Encoding', 'chunked'];

test.each<[string[], Framing]>([
  [[], 0],
  [['Content-Length', '0'], 0],
  [['content-length', '007'], 7],
  [['Content-Length', '999999999999999'], 999_999_999_999_999],
  [CHUNKED, 'chunked'],
  [['transfer-encoding', 'Chunked'], 'chunked'],
])('a request with %j', (headers, framing) => {
  expect(framingOfRequest(headers)).toBe(framing);
});

test.each([
  [[...CHUNKED, 'Content-Length', '1'], 'both'],
  [['Content-Length', '1', 'content-length', '1'], 'two of Content-Length'],
  [['Content-Length', '1, 1'], 'not a number'],
  [['Content-Length', ''], 'not a number'],
  [['Content-Length', '+1'], 'not a number'],
  [['Content-Length', '-1'], 'not a number'],
  [['Content-Length', '0x1'], 'not a number'],
  [['Content-Length', '1 1'], 'not a number'],
  [['Content-Length', '1.0'], 'not a number'],
  [['Content-Length', '18446744073709551621'], 'not a number'],
  [[...CHUNKED, ...CHUNKED], 'not chunked alone'],
  [['Transfer-Encoding', 'gzip, chunked'], 'not chunked alone'],
  [['Transfer-Encoding', 'identity'], 'not chunked alone'],
  [['Transfer-Encoding', 'chunked '], 'not chunked alone'],
  [['Transfer-Encoding', ''], 'not chunked alone'],
])('%j is no framing, of a request or of an answer', (headers, why) => {
  expect(() => framingOfRequest(headers)).toThrow(why);
  const answer = { version: '1.1', status: 200, statusMessage: '', headers };
  for (const method of ['GET', 'HEAD']) expect(() => framingOfAnswer(method, answer)).toThrow(why);
});

test.each<[string, number, string[], Framing]>([
  ['GET', 200, [], 'close'],
  ['GET', 200, CHUNKED, 'chunked'],
  ['GET', 200, ['Content-Length', '5'], 5],
  ['HEAD', 200, ['Content-Length', '5'], 0],
  ['HEAD', 200, CHUNKED, 0],
  ['GET', 204, ['Content-Length', '5'], 0],
  ['GET', 304, ['Content-Length', '5'], 0],
  ['GET', 103, [], 0],
])('an answer to %s, %d with %j', (...[method, status, headers, framing]) => {
  expect(framingOfAnswer(method, { version: '1.1', status, statusMessage: '', headers })).toBe(framing);
});
