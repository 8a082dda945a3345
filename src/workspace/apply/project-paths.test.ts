import { expect, test } from 'vitest';
import { whyMatched } from './project-paths.ts';

const TOP = '/nowhere/project';

test.each([
  ['config/*.json', 'config/prod.json', true],
  ['config/*.json', 'config/to-come.json', true],
  ['config/*.json', 'Config/PROD.json', true],
  ['config/*.json', 'config/deep/prod.json', false],
  ['config/*.json', 'config/readme.md', false],
  // A folder on the way that is no longer a folder.
  ['config/*.json', 'config', true],
  ['**/.env', '.env', true],
  ['**/.env', 'deep/er/.env', true],
  ['**/.env', 'deep/er/env', false],
  ['**/.env', 'anything', false],
  ['keys/**', 'keys/deep/er', true],
  ['keys/**', 'keys', true],
  ['keys/**', 'monkeys/one', false],
  ['a+b.json', 'a+b.json', true],
  ['a+b.json', 'aab.json', false],
])('the pattern %s covers %s: %s', (pattern, path, expected) => {
  const why = whyMatched([{ text: `${TOP}/${pattern}`, why: 'protected' }], TOP)(path);
  expect(why).toBe(expected ? 'protected' : undefined);
});

test('a pattern from above the project covers files in it', () => {
  const above = [{ text: '/nowhere/**/*.pem', why: 'protected' }];
  expect(whyMatched(above, TOP)('tls/server.pem')).toBe('protected');
  expect(whyMatched([{ text: '/elsewhere/**', why: 'protected' }], TOP)('tls/server.pem')).toBeUndefined();
});

test('no path makes the matching slow', () => {
  const pattern = `${TOP}/${'**/a*a*a*b/'.repeat(8)}c`;
  const path = `${'aaaaaaaaaaaaaaaaaaaaaaaaa/'.repeat(150)}d`;
  expect(whyMatched([{ text: pattern, why: 'protected' }], TOP)(path)).toBeUndefined();
  expect(whyMatched([{ text: pattern, why: 'protected' }], TOP)(`${'x/aaab/'.repeat(8)}c`)).toBe('protected');
});
