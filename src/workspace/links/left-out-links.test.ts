import { describe, expect, test } from 'vitest';
import { leadsToLeftOut } from './left-out-links.ts';

const why = leadsToLeftOut({
  links: [
    { path: 'settings', target: 'config/current' },
    { path: 'config/current', target: '../.env' },
    { path: 'keys', target: 'private' },
    { path: 'round', target: 'round/and' },
    { path: 'app', target: 'src' },
  ],
  leftOut: ['.env', 'private/', 'deploy/prod.env', 'src/node_modules/', 'libs/a/dist/'],
  isUnknown: (path) => path === 'new.key',
});

describe('explains a link to a file that the bottle does not have', () => {
  test.each([
    ['lnk', '.env', '.env'],
    ['public/data', '../.env', '.env'],
    ['lnk', '.ENV', '.ENV'],
    ['lnk', 'private', 'private'],
    ['lnk', 'private/deep/key', 'private'],
    ['lnk', 'settings', '.env'],
    ['lnk', 'keys/id_rsa', 'private'],
    ['lnk', 'deploy', 'a folder with deploy/prod.env in it'],
    ['public/all', '..', 'a folder with .env in it'],
    ['lnk', 'new.key', 'new.key'],
    ['lnk', 'round/x', undefined],
  ])("an excluded file's link is explained: %s -> %s", (path, target, to) => {
    const told =
      to === undefined
        ? 'it leads over too many links to tell where'
        : `it leads to ${to}, which the bottle does not have`;
    expect(why({ path, target })).toBe(told);
  });
});

test.each([
  ['lnk', 'src/main.ts'],
  ['lnk', 'src'],
  ['lnk', 'app/x'],
  ['lnk', 'README.md'],
  ['docs/lnk', '../.envelope'],
])('a link to a file in the bottle is ignored: %s -> %s', (path, target) => {
  expect(why({ path, target })).toBeUndefined();
});
