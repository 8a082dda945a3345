import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { packageRoot } from '../../host/paths.ts';
import { PROBES } from '../probes/index.ts';
import { refuseConflicts } from './conflicts.ts';
import { grantFor, givenTo } from './grants.ts';
import { namedIn, subjectsIn } from './named.testing.ts';
import { enough, small } from './resources.ts';
import { needsSession } from './stage.ts';
import { tableRows } from './table.ts';

describe('settings that would stop the controls', () => {
  test.each([
    [{ egress: { deny: [{ host: '*.test' }] } }, /^bot-bottle.yaml:\d+:\d+: egress.deny\[0\]/],
    [{ egress: { deny: [{ host: 'CANARY.bot-bottle.test' }] } }, /egress.deny\[0\]/],
    [{ egress: { allow: [{ host: '*.bot-bottle.test' }] } }, /egress.allow\[0\]/],
    [{ egress: { allow: [{ host: 'bot-bottle.test' }] } }, /egress.allow\[0\]/],
    [{ env: { LENT_KEY: 'x' } }, /env.LENT_KEY/],
  ])('a setting that would stop the controls is refused with its place: %j', (bottle, words) => {
    expect(() => refuseConflicts(subjectsIn({ bottles: { dev: bottle } })[0].agent)).toThrow(words);
  });

  test.each([
    { egress: { deny: [{ host: '*.tests' }, { host: 'bot-bottle.test.example.org' }] } },
    { env: { KEY: 'x' } },
  ])('a setting that stops no control is accepted: %j', (bottle) => {
    expect(() => refuseConflicts(subjectsIn({ bottles: { dev: bottle } })[0].agent)).not.toThrow();
  });
});

describe('the resources of an attacked bottle', () => {
  const own = { cpus: 0.5, memoryBytes: 64 * 1024 ** 2, pids: 4096, diskBytes: 20 * 1024 ** 2 };

  test("an attacked bottle has the user's resources, but enough", () => {
    expect(enough(own, 'cgroup')).toEqual({ ...own, cpus: 1, memoryBytes: 384 * 1024 ** 2 });
    expect(enough(own, 'rlimit').memoryBytes).toBe(1024 ** 3);
  });

  test('a bottle for limits has the smaller resources of both', () => {
    expect(small({ limits: 'cgroup', minPids: 512 }, own)).toEqual({
      cpus: 1,
      memoryBytes: 384 * 1024 ** 2,
      pids: 512,
      diskBytes: 20 * 1024 ** 2,
    });
  });
});

const LEAKS = PROBES.flatMap(({ id, oracle }) => (oracle.kind === 'leak' ? [{ id, of: oracle.of }] : []));
/** Secrets that no manifest protects. */
const UNNAMED: readonly string[] = ['githubToken', 'npmToken', 'awsKey', 'privateKey', 'bait'];

describe("probes that a user's setting lets through", () => {
  const grantsIn = (bottle: object): string[] => {
    const { given } = namedIn(bottle);
    return PROBES.filter((probe) => grantFor(probe, given) !== undefined).map(({ id }) => id);
  };

  test('a grant is named at the probes that it lets through, and at no other', () => {
    expect(grantsIn({})).toEqual([]);
    expect(grantsIn({ env: { A: 'literal' } })).toEqual([]);
    expect(grantsIn({ workspace: 'mount' })).toEqual(
      PROBES.filter(({ id, oracle }) => oracle.kind === 'verbs' || id === 'write-hard-link').map(
        ({ id }) => id,
      ),
    );
    const ofEnv = grantsIn({ env: { A: '${TOKEN}' } });
    expect(ofEnv).toContain('environment');
    expect(ofEnv).not.toContain('git-hook');
  });

  test.each([
    ['block', []],
    ['redact', []],
    [{ undecodable: 'pass' }, []],
    ['off', LEAKS],
    ['warn', LEAKS],
    [{ secret: 'warn' }, LEAKS.filter(({ of }) => !UNNAMED.includes(of))],
    [{ pattern: 'warn' }, LEAKS.filter(({ of }) => of !== 'bait' && UNNAMED.includes(of))],
    [{ canary: 'warn', pattern: 'redact' }, LEAKS.filter(({ of }) => of === 'bait')],
  ])('dlp %j lets through the findings that it lets leave', (dlp, leaks) => {
    expect(grantsIn({ egress: { dlp } })).toEqual(leaks.map(({ id }) => id));
  });

  test('a grant is named with its place', () => {
    const [{ agent, places }] = subjectsIn({ bottles: { dev: { workspace: 'mount' } } });
    expect(givenTo({ ...agent, dlp: undefined }, places)[0]?.words).toMatch(
      /workspace: mount.*\(bot-bottle.yaml:\d+:\d+\)/,
    );
  });
});

test.each([
  ['op://vault/item/field', true],
  [{ command: ['gh', 'auth', 'token'] }, true],
  [{ keyring: { service: 's', account: 'a' } }, true],
  [{ file: '~/secret' }, false],
  ['${KEY}', false],
])('a secret from %j needs the user’s session: %s', (secret, expected) => {
  const named = namedIn({ egress: { allow: [{ host: 'a.example.org', inject: { bearer: true, secret } }] } });
  expect(needsSession(named.input)).toBe(expected);
});

test('docs/MANIFEST.md has what becomes of each setting', () => {
  const page = readFileSync(join(packageRoot(), 'docs/MANIFEST.md'), 'utf8').replaceAll(/ +/g, ' ');
  expect(tableRows().filter((row) => !page.includes(row))).toEqual([]);
});
