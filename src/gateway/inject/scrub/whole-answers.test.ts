import { expect, test } from 'vitest';
import { headersForWholeAnswer, isCodedByMessage, isPartialAnswer } from './whole-answers.ts';

test.each([
  ['Accept-Charset', 'utf-32'],
  ['Accept_Charset', 'utf-32'],
  ['accept.encoding', 'gzip'],
  ['A-IM', 'vcdiff'],
  ['A_IM', 'vcdiff'],
  ['GRPC_Accept_Encoding', 'gzip'],
  ['RANGE', 'bytes=0-1'],
  ['x_ms_range', 'bytes=0-1'],
])('%s is removed, also by the spelling that servers with merged names read', (name, value) =>
  expect(headersForWholeAnswer(['Accept', '*/*', name, value, 'X-Own', '1'])).toEqual([
    'Accept',
    '*/*',
    'X-Own',
    '1',
  ]),
);

test('an Accept header contains no charset afterwards, in any spelling', () =>
  expect(headersForWholeAnswer(['ACCEPT', 'a/b;charset=utf-32', 'X-Own', 'a/b;charset=utf-32'])).toEqual([
    'ACCEPT',
    'a/b',
    'X-Own',
    'a/b;charset=utf-32',
  ]));

test('other left-out headers and headers of the connection stay out', () =>
  expect(
    headersForWholeAnswer(['Host', 'a.test', 'Connection', 'x-hop', 'X-Hop', '1', 'A', 'b'], ['host']),
  ).toEqual(['A', 'b']));

test.each([
  [206, [], true],
  [200, [], false],
  [206, ['bytes 0-1/2'], true],
  [200, ['bytes 0-1/*'], true],
  [200, ['Bytes=0-1/2'], true],
  [206, ['items 0-24/319'], false],
  [416, ['bytes */10'], false],
  [416, ['BYTES */10'], false],
  [416, ['bytes */10', 'bytes 0-1/10'], true],
  [416, ['bytes */10, bytes 0-1/10'], true],
  [206, ['bytes */10'], true],
  [206, ['bytes */10', 'items 0-1/2'], true],
])('%i with the ranges %j is a partial answer: %s', (status, ranges, expected) =>
  expect(isPartialAnswer(status, ranges)).toBe(expected),
);

test.each([
  [['grpc-encoding', 'gzip'], true],
  [['Connect-Content-Encoding', 'x-own'], true],
  [['grpc-encoding', 'identity', 'Grpc-Encoding', 'gzip'], true],
  [['grpc-encoding', 'identity,gzip'], true],
  [['grpc-encoding', 'identity-or-not'], true],
  [['grpc-encoding', ' Identity '], false],
  [['connect-content-encoding', ''], false],
  // Headers that state which codings the host can read, or the coding of a whole body.
  [['grpc-accept-encoding', 'gzip'], false],
  [['content-encoding', 'gzip'], false],
])('messages with %j are compressed one by one: %s', (headers, expected) =>
  expect(isCodedByMessage(headers)).toBe(expected),
);
