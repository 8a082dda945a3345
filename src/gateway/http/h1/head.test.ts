import { describe, expect, test } from 'vitest';
import {
  Malformed,
  MAX_FIELDS,
  readAnswerHead,
  readRequestHead,
  framingOfAnswer,
  framingOfRequest,
  type Framing,
} from './head.ts';
import { writeAnswerHead, writeRequestHead } from './write.ts';

import * as fc from 'fast-check';

const request = (...lines: readonly string[]): string => ['GET / HTTP/1.1', ...lines].join('\r\n');

test('a request is read as it was sent', () => {
  expect(readRequestHead('POST /a?b=c HTTP/1.0\r\nHost: a.test\r\nX-Empty:\r\nx-own:\t a b \t')).toEqual({
    method: 'POST',
    path: '/a?b=c',
    version: '1.0',
    headers: ['Host', 'a.test', 'X-Empty', '', 'x-own', 'a b'],
  });
});

test('only space and tab are white space', () => {
  expect(readRequestHead(request('X: \xa0a\xa0')).headers).toEqual(['X', '\xa0a\xa0']);
});

test.each([
  ['HTTP/1.1 200 OK', 200, 'OK'],
  ['HTTP/1.0 404 Not \xe4 Found\r\nA: b', 404, 'Not \xe4 Found'],
  ['HTTP/1.1 299 ', 299, ''],
  ['HTTP/1.1 299', 299, ''],
])('reads the answer %j', (text, status, statusMessage) => {
  expect(readAnswerHead(text)).toMatchObject({ status, statusMessage });
});

describe('malformed requests', () => {
  test.each([
    ['nothing', '', 'request line'],
    ['no version', 'GET /', 'request line'],
    ['two targets', 'GET / /b HTTP/1.1', 'request line'],
    ['two versions', 'GET / HTTP/1.1 HTTP/1.1', 'request line'],
    ['tabs in the first line', 'GET\t/\tHTTP/1.1', 'request line'],
    ['a space before it', ' GET / HTTP/1.1', 'request line'],
    ['a space behind it', 'GET / HTTP/1.1 ', 'request line'],
    ['a version in small letters', 'GET / http/1.1', 'request line'],
    ['a longer version', 'GET / HTTP/1.10', 'request line'],
    ['a method that is no token', 'G(T / HTTP/1.1', 'request line'],
    ['a letter that is not of ASCII in the target', 'GET /\xe4 HTTP/1.1', 'request line'],
    ['DEL in the target', 'GET /\x7f HTTP/1.1', 'control character'],
    ['a folded header', request('A: b', ' c'), 'folded'],
    ['a space before the first header', request(' A: b'), 'folded'],
    ['a space before the colon', request('A : b'), 'space before the colon'],
    ['a tab before the colon', request('A\t: b'), 'space before the colon'],
    ['no colon', request('A'), 'a header line is malformed'],
    ['no name', request(': b'), 'a header line is malformed'],
    ['a name that is no token', request('A(b): c'), 'a header line is malformed'],
    ['a name in UTF-8', request('\xc3\xa4: c'), 'a header line is malformed'],
    ['an empty line', request('', 'A: b'), 'a header line is malformed'],
    ['a bare line feed', request('A: b\nC: d'), 'CR or LF alone'],
    ['a bare carriage return', request('A: b\rC: d'), 'CR or LF alone'],
    ['NUL', request('A: b\0'), 'control character'],
    ['a vertical tab', request('A: \x0bb'), 'control character'],
    ['DEL', request('A: \x7f'), 'control character'],
    ['too many headers', request(...Array.from({ length: MAX_FIELDS + 1 }, () => 'A: b')), 'more than'],
  ])('are refused: %s', (_, text, why) => {
    expect(() => readRequestHead(text)).toThrow(Malformed);
    expect(() => readRequestHead(text)).toThrow(why);
  });
});

test.each([
  'HTTP/1.1 20 OK',
  'HTTP/1.1 2000',
  'HTTP/2.0 200 OK',
  'HTTP/1.1  200',
  'HTTP/1.1 099',
  'ICY 200 OK',
  '',
])('refuses the malformed answer %j', (text) => {
  expect(() => readAnswerHead(text)).toThrow('the status line is malformed');
});

const NAME = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,8}$/);
const VALUE = fc.stringMatching(/^(?:[!-~\x80-\xff](?:[\t -~\x80-\xff]{0,6}[!-~\x80-\xff])?)?$/);
const HEADERS = fc.array(fc.tuple(NAME, VALUE), { maxLength: 6 }).map((pairs) => pairs.flat());

test('a written head reads back unchanged', () => {
  const path = fc.stringMatching(/^\/[!-~]{0,10}$/);
  fc.assert(
    fc.property(NAME, path, HEADERS, (method, url, headers) => {
      const text = writeRequestHead({ method, path: url }, headers);
      expect(readRequestHead(text.slice(0, -4))).toEqual({ method, path: url, version: '1.1', headers });
    }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 999 }), VALUE, HEADERS, (status, statusMessage, headers) => {
      const text = writeAnswerHead({ status, statusMessage }, headers);
      expect(readAnswerHead(text.slice(0, -4))).toEqual({ version: '1.1', status, statusMessage, headers });
    }),
  );
});

test.each(['a', 'a: b\r\n', ':', ' ', '\r\n', '\t:'])(
  'a long head is refused in reasonable time: %j',
  (filling) => {
    expect(() => readRequestHead(request(filling.repeat(65_536 / filling.length)))).toThrow(Malformed);
  },
);

test('a header of the maximum length is read', () => {
  const value = 'b:'.repeat(32_000);
  expect(readRequestHead(request(`a:${value}`)).headers).toEqual(['a', value]);
});

const CHUNKED = ['Transfer-Encoding', 'chunked'];

test.each<[string[], Framing]>([
  [[], 0],
  [['Content-Length', '0'], 0],
  [['content-length', '007'], 7],
  [['Content-Length', '999999999999999'], 999_999_999_999_999],
  [CHUNKED, 'chunked'],
  [['transfer-encoding', 'Chunked'], 'chunked'],
])('reads the framing of a request with %j', (headers, framing) => {
  expect(framingOfRequest(headers)).toBe(framing);
});

test.each([
  [[...CHUNKED, 'Content-Length', '1'], 'both'],
  [['Content-Length', '1', 'content-length', '1'], 'several Content-Length headers'],
  [['Content-Length', '1, 1'], 'not a number'],
  [['Content-Length', ''], 'not a number'],
  [['Content-Length', '+1'], 'not a number'],
  [['Content-Length', '-1'], 'not a number'],
  [['Content-Length', '0x1'], 'not a number'],
  [['Content-Length', '1 1'], 'not a number'],
  [['Content-Length', '1.0'], 'not a number'],
  [['Content-Length', '18446744073709551621'], 'not a number'],
  [[...CHUNKED, ...CHUNKED], 'not exactly chunked'],
  [['Transfer-Encoding', 'gzip, chunked'], 'not exactly chunked'],
  [['Transfer-Encoding', 'identity'], 'not exactly chunked'],
  [['Transfer-Encoding', 'chunked '], 'not exactly chunked'],
  [['Transfer-Encoding', ''], 'not exactly chunked'],
])('refuses %j as the framing of a request or an answer', (headers, why) => {
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
])('reads the framing of an answer to %s, %d with %j', (...[method, status, headers, framing]) => {
  expect(framingOfAnswer(method, { version: '1.1', status, statusMessage: '', headers })).toBe(framing);
});
