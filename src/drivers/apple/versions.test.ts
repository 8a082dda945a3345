import { describe, expect, test } from 'vitest';
import {
  expectVersions,
  isBefore,
  macosProblem,
  serviceProblem,
  versionIn,
  versionProblem,
} from './versions.ts';

test('the version is read from its line', () => {
  expect(versionIn('container CLI version 1.4.1 (build: release, commit: abc)\n')).toBe('1.4.1');
  expect(versionIn('container 5\n')).toBeUndefined();
});

test('versions are compared by their numbers', () => {
  expect(isBefore('1.10.0', '1.9.9')).toBe(false);
  expect(isBefore('1.3.1', '1.4.1')).toBe(true);
  expect(isBefore('1.4.1', '1.4.1')).toBe(false);
});

describe('trap none-before-1.1.0', () => {
  test.each(['0.9.0', '0.12.3', '1.0.0'])(
    'trap none-before-1.1.0: %s is refused, whatever the user says',
    (version) => {
      expect(versionProblem(version, true)?.reason).toContain('#2062');
    },
  );
});

describe('trap advisories', () => {
  test.each([
    ['1.1.0', ['CVE-2026-65388', 'GHSA-x7pf-2jmj-pgcq', 'GHSA-4587-w9mm-xxvh', 'GHSA-rgqp-277h-gcwj']],
    ['1.2.2', ['CVE-2026-65388', 'GHSA-4587-w9mm-xxvh', 'GHSA-rgqp-277h-gcwj']],
    ['1.3.1', ['GHSA-4587-w9mm-xxvh', 'GHSA-rgqp-277h-gcwj']],
  ])(
    "trap advisories: %s is refused with the advisories' numbers, unless the user insists",
    (version, ids) => {
      const problem = versionProblem(version, false);
      for (const id of ids) expect(problem?.reason).toContain(id);
      expect(problem?.fix).toContain('BOT_BOTTLE_APPLE_OLD=yes');
      expect(versionProblem(version, true)).toBeUndefined();
    },
  );

  test('trap advisories: 1.3.1 has only the advisories of 1.4.1, and 1.4.1 has none', () => {
    expect(versionProblem('1.3.1', false)?.reason).not.toContain('CVE-2026-65388');
    expect(versionProblem('1.4.1', false)).toBeUndefined();
  });
});

test('trap macos-before-26: an older macOS, and one without a version, is refused', () => {
  expect(macosProblem('26.5.2')).toBeUndefined();
  for (const said of ['15.7.7', '', 'x']) expect(macosProblem(said)).toContain('macOS 26');
});

test('the facts that a start checks are read again', () => {
  const refused = expect.objectContaining({ code: 'rungUnavailable' });
  expect(() => expectVersions('container CLI version 1.4.1 (build: release)', '1.4.1')).not.toThrow();
  for (const said of ['container CLI version 1.0.0 (build: release)', 'something else'])
    expect(() => expectVersions(said, '1.4.1')).toThrow(refused);
});

test('a service from before an upgrade counts as the older version', () => {
  expect(serviceProblem('1.4.1')).toBeUndefined();
  expect(serviceProblem('1.3.1', false)).toMatch(/still an older one: .*GHSA-rgqp-277h-gcwj/);
  expect(serviceProblem('1.3.1', true)).toBeUndefined();
  expect(serviceProblem('1.0.0', true)).toMatch(/cannot close a bottle/);
  expect(serviceProblem(undefined, true)).toBe('its service does not say its version');
  const now = 'container CLI version 1.4.1 (build: release)';
  for (const service of ['1.3.1', undefined])
    expect(() => expectVersions(now, service)).toThrow(/its service/);
});
