import { describe, expect, test } from 'vitest';
import { BottleError } from '../../errors.ts';
import { parseAskedUrl } from './asked-url.ts';

describe('a URL is taken apart as the gateway would see it', () => {
  test.each([
    ['https://Example.org', { host: 'example.org', port: 443, scheme: 'https', path: '/' }],
    ['example.org/a?b=1#c', { host: 'example.org', port: 443, scheme: 'https', path: '/a?b=1' }],
    ['http://example.org:8080/a/../b', { host: 'example.org', port: 8080, scheme: 'http', path: '/a/../b' }],
    ['https://user:word@example.org/', { host: 'example.org', port: 443, path: '/' }],
    ['https://example.org?q', { path: '/?q' }],
    ['wss://example.org/s', { scheme: 'https', port: 443, isWebSocket: true }],
    ['ws://example.org/s', { scheme: 'http', port: 80, isWebSocket: true }],
    ['tcp://db.example.org:5432', { scheme: 'tcp', port: 5432, path: '' }],
    ['ssh://git@git.example.org', { scheme: 'tcp', port: 22, host: 'git.example.org' }],
    ['https://[2001:db8::1]:8443/', { host: '2001:db8::1', port: 8443 }],
  ])('a URL is split as the gateway would see it: %s', (url, expected) =>
    expect(parseAskedUrl(url)).toMatchObject(expected),
  );
});

test('a path that no client sends is shown as one sends it', () =>
  expect(() => parseAskedUrl('https://example.org/a b/ä\t')).toThrow(
    expect.objectContaining({
      code: 'usage',
      fix: expect.stringContaining('https://example.org/a%20b/%C3%A4%09') as string,
    }) as BottleError,
  ));

test('a name in other letters is shown in its DNS form', () =>
  expect(() => parseAskedUrl('https://bücher.example:8443/a')).toThrow(
    expect.objectContaining({
      code: 'usage',
      fix: expect.stringContaining('https://xn--bcher-kva.example:8443/a') as string,
    }) as BottleError,
  ));

test.each([
  'ftp://example.org/',
  'tcp://example.org',
  'https://0x7f.1/',
  'https://',
  'https://exa mple.org',
  '',
])('%j cannot be judged', (url) =>
  expect(() => parseAskedUrl(url)).toThrow(
    expect.objectContaining({
      code: 'usage',
      fix: expect.stringContaining('https://') as string,
    }) as BottleError,
  ),
);
