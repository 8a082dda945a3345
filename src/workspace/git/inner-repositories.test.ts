import { expect, test } from 'vitest';
import { whyNamed } from '../apply/project-paths.ts';
import { inRepository } from './inner-repositories.ts';

const why = whyNamed({
  places: [
    { text: 'hooks', why: 'place' },
    { text: 'Tools/one', why: 'place' },
  ],
  texts: [
    { text: '#!/bin/sh\nexec "$(git rev-parse --show-toplevel)/scripts/pc.sh" --fast\n', why: 'text' },
    { text: "sh -c 'tools/clean.sh %f'", why: 'text' },
    { text: 'cd a && ./b', why: 'text' },
  ],
});

test.each([
  ['hooks', 'place'],
  ['hooks/pre-commit', 'place'],
  ['HOOKS/lib/x', 'place'],
  ['tools/one', 'place'],
  ['scripts/pc.sh', 'text'],
  ['elsewhere/PC.sh', 'text'],
  ['tools/clean.sh', 'text'],
])('git runs %s: by %s', (path, expected) => {
  expect(why(path)).toBe(expected);
});

test.each(['hooks2/a', 'src/hooks', 'tools/one2', 'scripts/other.sh', 'b', 'src/a.ts'])(
  'git does not run %s',
  (path) => {
    expect(why(path)).toBeUndefined();
  },
);

test('git runs every file where the hooks are at the top', () => {
  expect(whyNamed({ places: [{ text: '', why: 'top' }], texts: [] })('any/file')).toBe('top');
});

const whyIn = inRepository((folder) => folder === 'a/Repo');

test.each([
  'a/Repo/config',
  'a/Repo/Hooks/pre-commit',
  'a/Repo/info/attributes',
  'a/Repo/commondir',
  'a/Repo/hooks',
])('git obeys %s beside a HEAD', (path) => {
  expect(whyIn(path)).toBeTypeOf('string');
});

test.each([
  'a/config',
  'a/Repo/x/config',
  'a/Repo/objects/config',
  'a/Repo/HEAD',
  'config',
  'a/Repo/configs',
  // git takes these for files.
  'a/Repo/config/x.ts',
  'a/Repo/config.worktree/x',
  'a/Repo/commondir/x',
])('git does not obey %s without a HEAD', (path) => {
  expect(whyIn(path)).toBeUndefined();
});
