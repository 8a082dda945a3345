import { expect, test } from 'vitest';
import { hexAnswer } from './hex.ts';

/** Output of Hex 2.0. */
const LIST =
  'Name   URL                  Public key       Auth key  \nhexpm  https://hex.example  SHA256:O1LOYhHF            \n';

test('the preset hex opens the repositories', () => {
  const { urls, settings } = hexAnswer(LIST, '** (Mix) Config does not contain a key mirror_url\n');
  expect([urls, settings?.({ host: '127.0.0.1', port: 1 })]).toEqual([['https://hex.example'], { env: {} }]);
});

test('a mirror is opened too, and Hex in a bottle asks it, without its login', () => {
  const { urls, settings } = hexAnswer(LIST, 'mirror_url: "https://me:s3cret@mirror.example/" (env var)\n');
  expect(urls).toContain('https://me:s3cret@mirror.example/');
  expect(settings?.({ host: '127.0.0.1', port: 1 }).env).toEqual({ HEX_MIRROR: 'https://mirror.example' });
});
