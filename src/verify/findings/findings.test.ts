import { describe, expect, test } from 'vitest';
import { isTooWide } from '../../manifest/schema/public-suffix.ts';
import { allow, env, SHAPED } from './cases.testing.ts';
import { SEVERITIES } from './finding.ts';
import { countFindings, findingsOf, mostSevereFirst, reaches } from './findings.ts';
import { KINDS } from './kinds/index.ts';
import { OTHER_CASES } from './other-cases.testing.ts';
import { ATTACKER } from './reach.ts';
import { RULE_CASES } from './rule-cases.testing.ts';
import { subjectOf, type SubjectParts } from './subject.testing.ts';
import { DROP_KINDS, dropsOf } from './tables/drops.ts';
import { FORGE_READS, FORGE_WRITES } from './tables/forges.ts';
import { SHARED_SUFFIXES } from './tables/suffixes.ts';

const CASES = [...RULE_CASES, ...OTHER_CASES];
const idsOf = (parts: SubjectParts): readonly string[] => findingsOf(subjectOf(parts)).map(({ id }) => id);

test.each(CASES)(
  '$id, $severity: a finding is found in its case, and not in a similar one',
  ({ id, severity, has, not }) => {
    const found = findingsOf(subjectOf(has)).find((finding) => finding.id === id);
    expect(found).toMatchObject({ id, severity });
    expect(idsOf(not)).not.toContain(id);
  },
);

test('each kind of finding has a case for each of its severities', () => {
  const known = new Set(CASES.map(({ id, severity }) => `${id} ${severity}`));
  const meant = KINDS.flatMap(({ id, severities }) =>
    Object.keys(severities).map((severity) => `${id} ${severity}`),
  );
  expect(meant.filter((one) => !known.has(one))).toEqual([]);
  expect(new Set(KINDS.map(({ id }) => id)).size).toBe(KINDS.length);
});

test('every finding has its reason, and a place in the manifest', () => {
  const findings = CASES.flatMap(({ has }) => findingsOf(subjectOf(has)));
  expect(findings.filter(({ why, remedy }) => why === '' || remedy === '')).toEqual([]);
  const written = findings.filter(({ evidence }) =>
    /^(egress\.(allow|deny)\[|ssh\[|env\.|workspace|image)/.test(evidence),
  );
  expect(written.filter(({ place }) => !/^bot-bottle\.yaml:\d+:\d+$/.test(place ?? ''))).toEqual([]);
});

test('no value of env is in a finding', () => {
  const text = JSON.stringify(findingsOf(subjectOf(env({ TOKEN: SHAPED, DB_PASSWORD: 'hunter-two' }))));
  expect([text.includes(SHAPED), text.includes('hunter-two')]).toEqual([false, false]);
});

test('a bottle without grants has only the finding of the shared kernel', () => {
  expect(idsOf({ bottle: {} })).toEqual(['shared-kernel-allowed']);
});

describe('the tables of hosts', () => {
  const attacks = [...DROP_KINDS.flatMap(dropsOf), ...FORGE_READS, ...FORGE_WRITES];

  test('the tables have readable requests', () => {
    expect(
      attacks.filter(({ method, host, path }) => method === '' || host === '' || !path.startsWith('/')),
    ).toEqual([]);
    expect(attacks.filter(({ path }) => path.includes('%'))).toEqual([]);
  });

  test('the tables are about hosts that a rule can allow, and each is found', () => {
    for (const { host } of attacks) {
      expect({ host, found: idsOf(allow({ host })).length > 4 }).toEqual({ host, found: true });
    }
  });

  test('the tables have suffixes that the manifest itself does not refuse', () => {
    expect(SHARED_SUFFIXES.filter(({ suffix }) => isTooWide(`*.${suffix}`))).toEqual([]);
    for (const { suffix } of SHARED_SUFFIXES) {
      expect(idsOf(allow({ host: `*.${suffix}` }))).toContain('wildcard-shared');
    }
    expect(ATTACKER).toMatch(/^[a-z0-9-]+$/);
  });
});

describe('all findings of a bottle', () => {
  const findings = findingsOf(
    subjectOf({ bottle: { workspace: 'mount', egress: { allow: [{ host: 'webhook.site' }] } } }),
  );

  test('the most severe findings come first, each once', () => {
    const ranks = findings.map(({ severity }) => SEVERITIES.indexOf(severity));
    expect(ranks).toEqual(ranks.toSorted((a, b) => a - b));
    expect(mostSevereFirst([...findings, ...findings])).toEqual(findings);
  });

  test('findings are counted', () => {
    const counts = countFindings(findings);
    expect(counts).toMatchObject({ high: 1, medium: 1 });
    expect(Object.values(counts).reduce((sum, count) => sum + count)).toBe(findings.length);
  });

  test('a threshold is reached by its own severity and by those above', () => {
    expect(SEVERITIES.map((floor) => reaches(findings, floor))).toEqual([true, true, true, true]);
    const low = findings.filter(({ severity }) => severity === 'low');
    expect(SEVERITIES.map((floor) => reaches(low, floor))).toEqual([false, false, true, true]);
    expect(reaches([], 'info')).toBe(false);
  });
});
