import { describe, expect, test } from 'vitest';
import { endToEnd, trailersOf, valuesOf } from './headers.ts';

describe('what the other connection gets', () => {
  test('everything but what belongs to this one', () => {
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

  test('repeated headers, in order and in their spelling', () => {
    const raw = ['set-cookie', 'a', 'Set-Cookie', 'b'];
    expect(endToEnd(raw)).toEqual(raw);
    expect(valuesOf(raw, 'set-cookie')).toEqual(['a', 'b']);
  });

  test('the length of the body, whatever Connection says', () => {
    expect(endToEnd(['Connection', 'content-length', 'Content-Length', '5'])).toEqual([
      'Content-Length',
      '5',
    ]);
  });
});

test('behind the content comes nothing that would change what was said before it', () => {
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
