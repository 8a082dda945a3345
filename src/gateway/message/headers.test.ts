import { describe, expect, test } from 'vitest';
import { endToEnd, trailersOf, valuesOf } from './headers.ts';

describe('end-to-end headers', () => {
  test('exclude the headers of this connection', () => {
    const raw = [
      'Host',
      'a',
      'Connection',
      'close, X-Mine',
      'X-Mine',
      '1',
      'X-Yours',
      '2',
      'Proxy-Authorization',
      'b',
      'TE',
      'trailers',
    ];
    expect(endToEnd(raw, ['host'])).toEqual(['X-Yours', '2']);
  });

  test('keep repeated headers in order and spelling', () => {
    const raw = ['set-cookie', 'a', 'Set-Cookie', 'b'];
    expect(endToEnd(raw)).toEqual(raw);
    expect(valuesOf(raw, 'set-cookie')).toEqual(['a', 'b']);
  });

  test('keep Content-Length, whatever Connection lists', () => {
    expect(endToEnd(['Connection', 'content-length', 'Content-Length', '5'])).toEqual([
      'Content-Length',
      '5',
    ]);
  });
});

test('trailers contain no field that would change the head', () => {
  const raw = [
    'X-Sum',
    '1',
    'Host',
    'a',
    'Authorization',
    'b',
    'X-HTTP-Method-Override',
    'DELETE',
    'Destination',
    '/b',
    'x-amz-rename-source',
    '/c',
    'x-oss-symlink-target',
    'd',
    ':path',
    '/',
  ];
  expect(trailersOf(raw)).toEqual(['X-Sum', '1']);
});
