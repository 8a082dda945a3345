import { describe, expect, test } from 'vitest';
import { goAnswer } from './go.ts';

const answer = (config: Record<string, string>) => goAnswer(JSON.stringify(config));
const PROXY = { host: '127.0.0.1', port: 1 };
const env = (config: Record<string, string>) => answer(config).settings?.(PROXY).env;

describe('the preset go opens', () => {
  test.each([
    [
      'the proxies and the checksum database',
      { GOPROXY: 'https://a.example,https://b.example/go|direct', GOSUMDB: 'sum.example' },
      ['https://a.example', 'https://b.example/go', 'https://sum.example'],
    ],
    [
      'the checksum database at a URL of its own, with a key',
      { GOPROXY: 'https://a.example', GOSUMDB: 'sum.example+0123+abc https://sums.example' },
      ['https://a.example', 'https://sums.example'],
    ],
    [
      'no checksum database that is off',
      { GOPROXY: 'https://a.example', GOSUMDB: 'off' },
      ['https://a.example'],
    ],
  ])('the preset go opens %s', (_, config, urls) => {
    expect(answer(config).urls).toEqual(urls);
  });

  test.each(['direct', 'off', '', 'file:///srv/modules'])(
    'the preset go opens nothing where GOPROXY is "%s"',
    (GOPROXY) => {
      expect(() => answer({ GOPROXY })).toThrow('so go downloads from no proxy');
    },
  );
});

test('go in a bottle uses the same proxies without a login, and none for private modules', () => {
  expect(
    env({
      GOPROXY: 'file:///srv,https://me:s3cret@a.example/go,direct',
      GOSUMDB: 'sum.example+key  https://me:s3cret@sums.example/db',
      GOPRIVATE: 'corp.example/*',
      GONOPROXY: 'corp.example/*',
      GONOSUMDB: '',
    }),
  ).toEqual({
    GOPROXY: 'https://a.example/go,direct',
    GOSUMDB: 'sum.example+key https://sums.example/db',
    GOPRIVATE: 'corp.example/*',
    GONOPROXY: 'corp.example/*',
  });
});
