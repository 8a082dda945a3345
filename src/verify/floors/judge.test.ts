import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { judgeFloors, VERDICTS } from './judge.ts';
import { PROGRAMS } from './row.ts';
import { FLOORS } from './table.ts';
import { parseVersion } from './version.ts';

const judge = (program: string, text: string): ReturnType<typeof judgeFloors>[number] | undefined =>
  judgeFloors({ [program]: text })[0];

test.each([
  ['runc', 'runc version 1.1.11', 'knownEscape'],
  ['runc', 'runc version 1.2.7', 'knownEscape'],
  ['runc', 'runc version 1.3.3', 'old'],
  ['runc', 'runc version 1.5.3', 'current'],
  ['crun', 'crun version 1.29', 'old'],
  ['runsc', 'runsc version release-20240729.0', 'knownEscape'],
  ['runsc', 'runsc version release-20261116.0', 'current'],
  ['docker', '24.0.9', 'knownEscape'],
  ['docker', '28.5.2', 'old'],
  ['podman', 'podman version 5.8.7', 'old'],
  ['firecracker', 'Firecracker v1.12.1', 'old'],
  ['firecracker', 'Firecracker v1.13.2', 'knownEscape'],
  ['firecracker', 'Firecracker v1.16.1', 'current'],
  ['kernel', '6.14.11', 'knownEscape'],
  ['kernel', '6.12.120', 'current'],
  ['kvm', '6.12.100', 'knownEscape'],
])('%s at version %j is %s', (program, text, verdict) => {
  expect(judge(program, text)?.verdict).toBe(verdict);
});

test.each([
  ['runsc version VERSION_MISSING', 'may be of any age'],
  [
    'runsc version VERSION_MISSING (has `runsc features`)',
    'is not older than release-20260101.0, by its features',
  ],
])('%j is built from source, which is a warning with its possible faults', (text, age) => {
  expect(judge('runsc', text)).toEqual({
    program: 'runsc',
    version: text,
    verdict: 'old',
    advisories: ['CVE-2026-96812'],
    evidence: `runsc is built from source, says no version and ${age}; where its source is older than release-20260824.0 it is open to CVE-2026-96812 (an escape)`,
  });
});

/** Versions as read on Debian 13 in November 2026. */
test.each([
  ['runc', '1.1.15+ds1-2+deb13u1', ['CVE-2025-52881', 'CVE-2026-119101']],
  ['docker', '26.1.5+dfsg1-9+deb13u1+b1', ['CVE-2025-54410']],
  ['containerd', '1.7.24~ds1-6+deb13u1', ['CVE-2026-53488']],
  ['runsc', '0.0~20240729.0-4+b7', ['CVE-2026-96812']],
  ['bubblewrap', '0.12.0-1~deb13u1', []],
  ['kernel', '6.12.48+deb13-amd64', ['CVE-2026-31431', 'CVE-2026-43284']],
])(
  '%s as Debian builds it, %s, is a warning where Debian may not have mended it',
  (program, text, advisories) => {
    const row = judge(program, text);
    expect(row?.version).toBe(text);
    expect(row?.advisories).toEqual(advisories);
    expect(row?.verdict).toBe(advisories.length === 0 ? 'current' : 'old');
    const words = /may be backported; check the distribution's security tracker for (.*)$/.exec(
      row?.evidence ?? '',
    );
    expect(words?.[1]?.replaceAll(' (an escape)', '').split(', ') ?? []).toEqual(advisories);
  },
);

test.each([
  ['without its revision', '1.1.15+ds1', 'old'],
  ['of another revision', '1.1.15+ds1-3', 'old'],
  ['of Ubuntu', '1.1.15-0ubuntu1', 'old'],
  ['of Fedora', '1.2.5-1.fc43', 'old'],
  ['that Debian mended later', '1.1.15+ds1-2', 'knownEscape'],
  ["that is not a distribution's", '1.1.15', 'knownEscape'],
])('runc %s, %s, is %s', (_, text, verdict) => {
  expect(judge('runc', text)?.verdict).toBe(verdict);
});

test('escapes among faults that may be backported are named as such', () => {
  expect(judge('runsc', '0.0~20240729.0')?.evidence).toMatch(/for CVE-2026-96812 \(an escape\)$/);
});

test('the remedy is a release of the same branch where that mends all faults', () => {
  expect(judge('runc', '1.4.2')?.evidence).toContain('update to 1.4.4 or newer');
  expect(judge('runc', '1.2.8')?.evidence).toContain('update to 1.5.3 or newer');
});

test.each([
  ['runc', '', 'the version of runc could not be read: look it up yourself'],
  ['runc', 'unknown', "the version of runc is not in 'unknown': look it up yourself"],
  ['apple', '1.4.1', `no version of apple is in the table of ${FLOORS.asOf}: look up its advisories`],
])('%s at %j has no readable version, which is reported', (program, text, evidence) => {
  expect(judge(program, text)).toMatchObject({ verdict: 'unread', advisories: [], evidence });
});

test('each reading gets a row in order, and none without a version is fine', () => {
  const readings = fc.dictionary(
    fc.constantFrom(...PROGRAMS),
    fc.oneof(fc.string(), fc.constantFrom('1.0.0', '7.2.1')),
  );
  fc.assert(
    fc.property(readings, (given) => {
      const rows = judgeFloors(given);
      expect(rows.map(({ program }) => program)).toEqual(Object.keys(given));
      for (const { program, verdict, evidence } of rows) {
        expect(VERDICTS).toContain(verdict);
        expect(evidence).toContain(program);
        expect(verdict === 'unread').toBe(parseVersion(given[program] ?? '') === undefined);
      }
    }),
  );
});
