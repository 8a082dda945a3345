import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { framingHeader, joinedMessage, writeAnswerHead, writeLastChunk, writeRequestHead } from './write.ts';

describe('characters that are not written', () => {
  test.each(['\r', '\n', '\0', '\x7f', '\x0b', 'Ā', '\u2028'])('include %j', (odd) => {
    const line = { method: 'GET', path: '/' };
    const status = { status: 200, statusMessage: 'OK' };
    expect(() => writeRequestHead(line, ['A', `b${odd}c`])).toThrow('"A" cannot be written');
    expect(() => writeRequestHead(line, [`A${odd}`, 'b'])).toThrow('cannot be written');
    expect(() => writeRequestHead({ ...line, method: `GET${odd}` }, [])).toThrow('the method');
    expect(() => writeRequestHead({ ...line, path: `/${odd}` }, [])).toThrow('the path');
    expect(() => writeAnswerHead({ ...status, statusMessage: odd }, [])).toThrow('the status message');
    expect(() => writeLastChunk(['A', odd])).toThrow('"A" cannot be written');
  });

  test.each([
    ['a space in the method', { method: 'GET /', path: '/' }, []],
    ['a space in the path', { method: 'GET', path: '/ HTTP/1.1' }, []],
    ['no path', { method: 'GET', path: '' }, []],
    ['a colon in a name', { method: 'GET', path: '/' }, ['A:', 'b']],
    ['no name', { method: 'GET', path: '/' }, ['', 'b']],
  ])('refuses to write %s', (_, line, headers) => {
    expect(() => writeRequestHead(line, headers)).toThrow('cannot be written');
  });

  test.each([99, 1000, NaN, -200])('refuses to write the status %d', (status) => {
    expect(() => writeAnswerHead({ status, statusMessage: '' }, [])).toThrow('the status');
  });
});

test('each header is one line, whatever it contains', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string(), fc.string())), (pairs) => {
      let text: string;
      try {
        text = writeRequestHead({ method: 'GET', path: '/' }, pairs.flat());
      } catch {
        return; // it was refused
      }
      expect(text.split('\r\n')).toHaveLength(pairs.length + 3);
    }),
  );
});

test('a status without a message gets the known message', () => {
  expect(writeAnswerHead({ status: 404, statusMessage: undefined }, [])).toBe(
    'HTTP/1.1 404 Not Found\r\n\r\n',
  );
  expect(writeAnswerHead({ status: 299, statusMessage: undefined }, [])).toBe('HTTP/1.1 299 \r\n\r\n');
  expect(writeAnswerHead({ status: 404, statusMessage: '' }, [])).toBe('HTTP/1.1 404 \r\n\r\n');
});

test('the end of chunks and the framing headers are written', () => {
  expect(writeLastChunk([])).toBe('0\r\n\r\n');
  expect(writeLastChunk(['X-Sum', '1'])).toBe('0\r\nX-Sum: 1\r\n\r\n');
  expect([framingHeader(5), framingHeader('chunked'), framingHeader('close')]).toEqual([
    ['Content-Length', '5'],
    ['Transfer-Encoding', 'chunked'],
    [],
  ]);
});

test('a head and its content are written in Latin-1', () => {
  expect(joinedMessage('\xe4\r\n', Buffer.from([0, 255]))).toEqual(Buffer.from([0xe4, 13, 10, 0, 255]));
});
