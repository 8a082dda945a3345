import { describe, expect, test } from 'vitest';
import { changesPackageScripts } from './package-json.ts';

describe('a package.json', () => {
  const before = '{"scripts":{"test":"x"},"dependencies":{"a":"1"}}';

  test.each([
    ['new scripts', '{"scripts":{"test":"x","postinstall":"y"},"dependencies":{"a":"1"}}'],
    ['a new program', '{"scripts":{"test":"x"},"bin":"./x"}'],
    ['a key that is there twice', '{"scripts":{"test":"y"},"scripts":{"test":"x"}}'],
    ['a key that is there twice, once escaped', '{"scr\\u0069pts":{"test":"y"},"scripts":{"test":"x"}}'],
    ['a script that is there twice', '{"scripts":{"test":"y","test":"x"}}'],
    ['a dependency whose scripts Bun runs', '{"scripts":{"test":"x"},"trustedDependencies":["a"]}'],
    ['a command of nodemon', '{"scripts":{"test":"x"},"nodemonConfig":{"exec":"y"}}'],
    ['a key that no tool is known for', '{"scripts":{"test":"x"},"unheardOf":{"exec":"y"}}'],
    ['a dependency that is a folder', '{"scripts":{"test":"x"},"dependencies":{"a":"file:./x"}}'],
    ['a dependency from a repository', '{"scripts":{"test":"x"},"dependencies":{"a":"somebody/x"}}'],
    ['a dependency that a program makes', '{"scripts":{"test":"x"},"dependencies":{"a":"exec:./x.js"}}'],
    ['another package manager', '{"scripts":{"test":"x"},"packageManager":"pnpm@9"}'],
    ['what is no JSON', '{'],
    ['no object', 'null'],
  ])('a package.json with %s runs programs', (_, after) => {
    expect(changesPackageScripts(before, after)).toBe(true);
  });

  test('a package.json with another dependency or name runs no new program', () => {
    expect(
      changesPackageScripts(
        before,
        '{"name":"n","dependencies":{"b":"^2.0.0 || next"},"scripts":{"test":"x"},"devDependencies":{"c":"workspace:*"}}',
      ),
    ).toBe(false);
  });

  test('a new package.json runs programs if it has scripts', () => {
    expect(changesPackageScripts(undefined, '{"name":"n"}')).toBe(false);
    expect(changesPackageScripts(undefined, '{"scripts":{"test":"x"}}')).toBe(true);
  });
});
