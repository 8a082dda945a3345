import { expect, test } from 'vitest';
import { composerAnswer } from './composer.ts';

/** Output of Composer 2.8, with a repository of each kind. */
const SAID = JSON.stringify({
  'default.example': { type: 'composer', url: 'https://repo.default.example' },
  corp: {
    type: 'composer',
    url: 'https://me:s3cret@corp.example',
    options: { http: { header: ['s3cret'] } },
  },
  git: { type: 'vcs', url: 'https://git.example/app' },
  'off.example': false,
});

test('the preset composer opens the repositories of packages, none of code', () => {
  expect(composerAnswer(SAID).urls).toEqual([
    'https://repo.default.example',
    'https://me:s3cret@corp.example',
  ]);
});

test('a repository that is switched off in a list stays off in a bottle', () => {
  const said = JSON.stringify([
    { 'off.example': false },
    { type: 'composer', url: 'https://a.example', canonical: false },
  ]);
  const { homeFiles } = composerAnswer(said).settings?.({ host: '127.0.0.1', port: 1 }) ?? {};
  expect(JSON.parse(homeFiles?.['.config/composer/config.json'] ?? '')).toEqual({
    repositories: { 'off.example': false, 1: { type: 'composer', url: 'https://a.example/' } },
  });
});

test('Composer in a bottle asks the same repositories, without logins and options', () => {
  const { homeFiles } = composerAnswer(SAID).settings?.({ host: '127.0.0.1', port: 1 }) ?? {};
  expect(JSON.parse(homeFiles?.['.config/composer/config.json'] ?? '')).toEqual({
    repositories: {
      'default.example': { type: 'composer', url: 'https://repo.default.example/' },
      corp: { type: 'composer', url: 'https://corp.example/' },
      'off.example': false,
    },
  });
});
