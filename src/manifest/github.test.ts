import { describe, expect, test } from 'vitest';
import { canonicalPath, matchesPath } from '../gateway/policy/paths.ts';
import { repositoryEndpoints, wholeRepository, type ForgeEndpoint } from './github.ts';

const allows = (rules: readonly ForgeEndpoint[], method: string, url: string): boolean => {
  const { host } = new URL(url);
  const judged = canonicalPath(url.slice(`https://${host}`.length));
  return rules.some(
    ({ methods, ...rule }) =>
      rule.host === host &&
      (methods?.includes(method) ?? true) &&
      'path' in judged &&
      rule.paths.some((glob) => matchesPath(glob, judged.path)),
  );
};

const READS = [
  ['GET', 'https://github.com/Acme/app.git/info/refs?service=git-upload-pack'],
  ['POST', 'https://github.com/Acme/app.git/git-upload-pack'],
  ['POST', 'https://github.com/Acme/app/git-upload-pack'],
  ['GET', 'https://github.com/acme/app/releases'],
  ['GET', 'https://github.com/Acme/app'],
  ['GET', 'https://api.github.com/repos/Acme/app'],
  ['GET', 'https://api.github.com/repos/Acme/app/contents/README.md'],
  ['GET', 'https://codeload.github.com/acme/app/tar.gz/main'],
  ['GET', 'https://raw.githubusercontent.com/Acme/app/main/README.md'],
] as const;

const CHANGES = [
  ['POST', 'https://github.com/Acme/app.git/git-receive-pack'],
  ['POST', 'https://api.github.com/repos/Acme/app/issues'],
  ['DELETE', 'https://api.github.com/repos/Acme/app'],
  ['POST', 'https://uploads.github.com/repos/Acme/app/releases/1/assets'],
] as const;

const OTHERS = [
  ['GET', 'https://github.com/Acme/apple.git/info/refs'],
  ['POST', 'https://github.com/Acme/app2/git-upload-pack'],
  ['GET', 'https://github.com/acme2/app'],
  ['GET', 'https://api.github.com/user'],
  ['GET', 'https://api.github.com/repos/evil/app'],
  ['POST', 'https://api.github.com/graphql'],
  ['POST', 'https://api.github.com/gists'],
  ['GET', 'https://github.com/Acme/app/../../evil/app'],
  ['GET', 'https://github.com/Acme/app%2f..%2f..%2fevil'],
  ['GET', 'https://raw.githubusercontent.com/evil/app/main/x'],
] as const;

describe('a repository', () => {
  const reading = repositoryEndpoints('Acme/app', false);
  const pushing = repositoryEndpoints('Acme/app', true);

  test.each(READS)('may be read: %s %s', (method, url) => {
    expect(allows(reading, method, url)).toBe(true);
    expect(allows(pushing, method, url)).toBe(true);
  });

  test.each(CHANGES)('is changed with push only: %s %s', (method, url) => {
    expect(allows(reading, method, url)).toBe(false);
    expect(allows(pushing, method, url)).toBe(true);
  });

  test.each(OTHERS)('is not what belongs to others: %s %s', (method, url) =>
    expect(allows(pushing, method, url)).toBe(false),
  );
});

test('all of an owner, and nobody else’s', () => {
  const rules = repositoryEndpoints('acme/*', false);
  expect(allows(rules, 'POST', 'https://github.com/acme/other.git/git-upload-pack')).toBe(true);
  expect(allows(rules, 'GET', 'https://api.github.com/repos/acme/other/pulls')).toBe(true);
  expect(allows(rules, 'GET', 'https://github.com/evil/acme')).toBe(false);
});

test('to be denied: whatever can be asked about it, with any method', () => {
  const rules = wholeRepository('Acme/app');
  for (const [, url] of [...READS, ...CHANGES]) expect(allows(rules, 'PATCH', url)).toBe(true);
});
