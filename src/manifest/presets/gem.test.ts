import { expect, test } from 'vitest';
import { gemAnswer } from './gem.ts';

const SOURCES = [
  'source https://gems.example/',
  'index https://index.gems.example/versions',
  'source https://me:s3cret@corp.example/',
  'index https://me:s3cret@corp.example/versions',
  '',
].join('\n');
const MIRROR = 'mirror.https://me:s3cret@gems.example/=https://me:s3cret@my-mirror.example/\npath=/srv\n';

test('the preset gem opens the sources, their indexes, and the mirrors of Bundler', () => {
  const hosts = gemAnswer(SOURCES, MIRROR).urls.map((url) => new URL(url).host);
  expect([...new Set(hosts)]).toEqual([
    'gems.example',
    'corp.example',
    'index.gems.example',
    'my-mirror.example',
  ]);
});

test('gem and Bundler in a bottle use the same sources and mirrors, without logins', () => {
  expect(gemAnswer(SOURCES, MIRROR).settings?.({ host: '127.0.0.1', port: 1 }).homeFiles).toEqual({
    '.gemrc': '---\n:sources:\n- "https://gems.example/"\n- "https://corp.example/"\n',
    '.bundle/config': '---\nBUNDLE_MIRROR__HTTPS://GEMS__EXAMPLE/: "https://my-mirror.example/"\n',
  });
});

test('Bundler without a mirror gets no configuration', () => {
  const { homeFiles } = gemAnswer(SOURCES, '').settings?.({ host: '127.0.0.1', port: 1 }) ?? {};
  expect(Object.keys(homeFiles ?? {})).toEqual(['.gemrc']);
});
