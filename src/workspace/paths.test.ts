import { posix } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { comparable, foldersOf, foldersOfAll, linkStaysInside, meansDotGit, unsafePath } from './paths.ts';

test.each([
  '.git',
  '.GIT',
  '.Git ',
  '.git.',
  '.git . .',
  'git~1',
  'GIT~2',
  '.g\u200cit',
  '.git::$INDEX_ALLOCATION',
])('%j may be taken for .git', (name) => {
  expect(meansDotGit(name)).toBe(true);
});

// Names that APFS, and ext4 with casefold, take for one: Unicode's full case folding, with marks composed or not.
test.each([
  ['.v\u017fcode', '.vscode'],
  ['.hu\u017fky', '.husky'],
  ['Make\ufb01le', 'makefile'],
  ['ju\ufb06file', 'justfile'],
  ['Stra\u00dfe', 'STRASSE'],
  ['.cla\u1e9e', '.class'],
  ['STRA\u1e9eE', 'stra\u00dfe'],
  ['pac\u212Aage.json', 'package.json'],
  ['caf\u00e9', 'cafe\u0301'],
  ['\u0399\u0308', '\u03ca'],
])('%j and %j are one name for a forgiving file system', (one, other) => {
  expect(comparable(one)).toBe(comparable(other));
});

test.each(['.gitignore', '.github', 'git', '.git2', 'git~', 'digit~1', '.gitattributes'])(
  '%j is not .git',
  (name) => {
    expect(meansDotGit(name)).toBe(false);
  },
);

describe('a path that is refused', () => {
  test.each([
    '/etc/passwd',
    '../outside',
    'a/../../b',
    'a//b',
    './a',
    '',
    '.git/hooks/pre-commit',
    'vendor/.GIT/config',
    'a\\.git\\config',
    'a\\..\\..\\b',
    'new\nline',
    'escape\u001b[2J',
    'half \ufffd',
    '.bot-bottle-apply-x/1',
  ])('the path %j is refused', (path) => {
    expect(unsafePath(path)).toBeTypeOf('string');
  });
});

test.each(['src/main.ts', '.github/workflows/ci.yml', 'a b/ü.txt', 'unit\\x2dname.service', '...'])(
  'the path %j is accepted',
  (path) => {
    expect(unsafePath(path)).toBeUndefined();
  },
);

describe('a link', () => {
  test.each([
    ['a', 'b'],
    ['a/b/c', '../../d'],
    ['a/b', './c/d'],
    ['a/b', '..'],
  ])('the link %j -> %j stays inside', (path, target) => {
    expect(linkStaysInside(path, target)).toBe(true);
  });

  test.each([
    ['a', '/etc/passwd'],
    ['a', '..'],
    ['a/b', '../../c'],
    ['a', 'b/../../c'],
    ['a', 'd/..'],
    ['a', '.git/hooks'],
    ['a/b', '../.GIT'],
  ])('the link %j -> %j leads outside', (path, target) => {
    expect(linkStaysInside(path, target)).toBe(false);
  });

  test('a link that stays inside never resolves to a path outside', () => {
    const component = fc.constantFrom('a', 'b', '..', '.', '');
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 4 }),
        fc.array(component, { maxLength: 6 }),
        (path, target) => {
          if (!linkStaysInside(path.join('/'), target.join('/'))) return;
          const resolved = posix.join('/top', ...path.slice(0, -1), ...target);
          expect(`${resolved}/`.startsWith('/top/')).toBe(true);
        },
      ),
    );
  });
});

test.each([
  ['a', []],
  ['a/b', ['a']],
  ['a/b/c', ['a', 'a/b']],
  ['a//b', ['a', 'a/']],
])('%s is inside %j', (path, folders) => {
  expect(foldersOf(path)).toEqual(folders);
  expect([...foldersOfAll([path]).keys()].toSorted()).toEqual(folders);
});

test('the folders of several paths are listed once, each with the first path in it', () => {
  expect(Object.fromEntries(foldersOfAll(['a/b/1', 'a/2', 'a/b/c/3', 'd']))).toEqual({
    a: 'a/b/1',
    'a/b': 'a/b/1',
    'a/b/c': 'a/b/c/3',
  });
});

test('many deep paths have no more folders than one of them', () => {
  const deep = 'a/'.repeat(1980);
  const paths = Array.from({ length: 5000 }, (_, index) => `${deep}${index}`);
  expect(foldersOfAll(paths).size).toBe(1980);
});
