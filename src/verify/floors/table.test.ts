import { expect, test } from 'vitest';
import { judgeFloors } from './judge.ts';
import { PROGRAMS, type AdvisoryRow } from './row.ts';
import { FLOORS } from './table.ts';
import { compareVersions, formatVersion, parseVersion, type Version } from './version.ts';

const read = (text: string): Version => {
  const version = parseVersion(text);
  if (version === undefined) throw new Error(`${text} is no version`);
  return version;
};

/**
 * Returns the release before this one: the previous of its branch, a release candidate if it is the first, or the
 * previous day.
 */
function before(text: string): string {
  const { numbers, stage } = read(text);
  const [first = 0, last = 0] = [numbers[0], numbers.at(-1)];
  if (first > 20_000_000) return `release-${first - 1}.0`;
  if (stage === undefined) return last > 0 ? [...numbers.slice(0, -1), last - 1].join('.') : `${text}-rc.1`;
  return stage.number > 0 ? text.replace(/\d+$/, String(stage.number - 1)) : text.replace(/-.*/, '-dev');
}

const judge = (program: string, text: string): ReturnType<typeof judgeFloors>[number] | undefined =>
  judgeFloors({ [program]: text })[0];

const named = FLOORS.rows.map((row) => [`${row.program} ${row.advisory}`, row] as const);

test.each(named)('%s is reported for each version before its fix, and for none with it', (_, row) => {
  for (const fixed of row.fixedIn) {
    expect(compareVersions(read(before(fixed)), read(fixed))).toBeLessThan(0);
    const caught = judge(row.program, before(fixed));
    expect(caught?.advisories).toContain(row.advisory);
    expect(caught?.evidence).toContain(row.advisory);
    expect(row.kind === 'escape' ? ['knownEscape'] : ['old', 'knownEscape']).toContain(caught?.verdict);
    expect(judge(row.program, fixed)?.advisories).not.toContain(row.advisory);
  }
  expect(judge(row.program, '99999999.0')?.verdict).toBe('current');
});

test.each(named.filter(([, { from }]) => from !== undefined))(
  '%s is not reported for older versions without the fault',
  (_, row) => {
    expect(judge(row.program, before(row.from ?? ''))?.advisories).not.toContain(row.advisory);
    expect(judge(row.program, row.from ?? '')?.advisories).toContain(row.advisory);
  },
);

const debian = FLOORS.rows.flatMap((row) =>
  (row.debian ?? []).map(({ fixedIn }) => [`${fixedIn} of ${row.program}`, row, fixedIn] as const),
);

test.each(debian)("Debian's %s has the fix, and the one before it does not", (_, row, fixedIn) => {
  expect(judge(row.program, fixedIn)?.advisories).not.toContain(row.advisory);
  expect(judge(row.program, `${fixedIn}+b1`)?.advisories).not.toContain(row.advisory);
  const older = fixedIn.replace(/\+deb\d+u\d+$/, '');
  expect(judge(row.program, older)?.advisories).toContain(row.advisory);
  expect(judge(row.program, older)?.evidence).toMatch(new RegExp(`is open to .*${row.advisory}`));
  expect(judge(row.program, older)?.verdict === 'knownEscape').toBe(
    row.kind === 'escape' || row.program === 'runc',
  );
});

test('every program has one row', () => {
  expect(PROGRAMS.filter((program) => !FLOORS.rows.some((row) => row.program === program))).toEqual([]);
  const keys = FLOORS.rows.map(({ program, advisory }) => `${program} ${advisory}`);
  expect(new Set(keys).size).toBe(keys.length);
});

test.each(named)('%s is dated, has a source, and orders its fixes', (_, row: AdvisoryRow) => {
  expect(row.date).toMatch(/^20\d\d-(0[1-9]|1[0-2])(-\d\d)?$/);
  expect(row.date <= FLOORS.asOf).toBe(true);
  expect(row.advisory).toMatch(/^CVE-20\d\d-\d{4,}$/);
  expect(row.source.length).toBeGreaterThan(8);
  const fixes = row.fixedIn.map((fixed) => formatVersion(read(fixed)));
  expect(fixes.toSorted((a, b) => compareVersions(read(a), read(b)))).toEqual(fixes);
  const branches = row.fixedIn.map((fixed) => read(fixed).numbers.slice(0, 2).join('.'));
  expect(new Set(branches).size).toBe(branches.length);
});
