import { expect, test } from 'vitest';
import { carriedIn, redirectAt } from './redirects.ts';

const hidden = (location: string): string => Buffer.from(location).toString('base64url');

test('a redirect names its target by the header of its form', () => {
  const location = 'http://user@elsewhere.test:8080/word?a=b';
  expect(redirectAt(`/redirect/307/${hidden(location)}`)).toEqual({
    status: 307,
    header: ['Location', location],
  });
  expect(redirectAt(`/redirect/refresh/${hidden('//elsewhere.test/')}`)).toEqual({
    status: 200,
    header: ['Refresh', '0; url=//elsewhere.test/'],
  });
  expect(redirectAt(`http://allowed.test:1/redirect/301/${hidden(location)}`)?.status).toBe(301);
});

test.each([
  '/',
  `/redirect/200/${hidden('http://elsewhere.test/')}`,
  `/redirect/constructor/${hidden('http://elsewhere.test/')}`,
  `/x/redirect/302/${hidden('http://elsewhere.test/')}`,
  `/redirect/302/${hidden('http://elsewhere.test/\r\nX-More: 1')}`,
  '/redirect/302/',
])('%s requests no redirect', (path) => {
  expect(redirectAt(path)).toBeUndefined();
});

test('the value that a client carries to the end of its redirects is read there', () => {
  expect(carriedIn(`GET /led/${hidden('word')} HTTP/1.1`)).toBe('word');
  expect(carriedIn(`GET http://a.test/led/${hidden('word')}?x HTTP/1.1`)).toBe('word');
  expect(carriedIn('GET /word HTTP/1.1')).toBe('');
});
