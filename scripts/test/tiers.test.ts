import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { packageRoot } from '../../src/host/paths.ts';
import { FAMILIES } from '../../src/verify/probes/probe.ts';
import { PROBES } from '../../src/verify/probes/index.ts';
import { ALONE } from '../../test/support/suites/alone.ts';
import { FULL_ONLY, patternOf, SUITE_NAMES, type SuiteName } from '../../test/support/suites/tiers.ts';
import vitestConfig from '../../vitest.config.ts';
import { attackedOnlyInFull, claimsOf } from './claims.ts';
import { renderConformanceTable, renderFullOnlyTable } from './testing-document.ts';

const textOf = (path: string): string => readFileSync(join(packageRoot(), path), 'utf8');

/** Returns the patterns by which a vitest project leaves files out in a mode. */
function excludedIn(mode: string, name: string): readonly string[] {
  const { projects = [] } = vitestConfig({ mode, command: 'serve' }).test ?? {};
  const project = projects.find((one) => typeof one === 'object' && 'test' in one && one.test?.name === name);
  return typeof project === 'object' && 'test' in project ? (project.test?.exclude ?? []) : [];
}

test.each(SUITE_NAMES)(
  'npm test leaves out of %s what only the full run has, and the full run nothing',
  (suite) => {
    const fullOnly = Object.keys(FULL_ONLY[suite]).map((name) => patternOf(suite, name));
    const alone = suite === 'conformance' ? [] : ALONE[suite].map((name) => patternOf(suite, name));
    expect(excludedIn('everyday', suite)).toEqual(expect.arrayContaining(fullOnly));
    expect(
      excludedIn('whole', suite).filter((path) => fullOnly.includes(path) && !alone.includes(path)),
    ).toEqual([]);
  },
);

describe('docs/TESTING.md', () => {
  const conformanceFiles = readdirSync(join(packageRoot(), 'test/conformance'))
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => ({
      name: file.replace('.test.ts', ''),
      text: textOf(`test/conformance/${file}`),
    }));

  test('has the conformance files with what npm test runs of each', () => {
    expect(textOf('docs/TESTING.md')).toContain(renderConformanceTable(conformanceFiles));
  });

  test.each(SUITE_NAMES)('has the files of %s that only the full run has', (suite: SuiteName) => {
    expect(textOf('docs/TESTING.md')).toContain(renderFullOnlyTable(suite));
  });
});

describe('npm test', () => {
  const probeNames = [...Object.keys(FAMILIES), ...PROBES.map(({ id }) => id)];

  test('attacks every claim of the threat model', () => {
    const claims = claimsOf(textOf('docs/THREAT-MODEL.md'));
    expect(claims.length).toBeGreaterThan(35);
    expect(attackedOnlyInFull(claims, probeNames)).toEqual([]);
  });

  test('does not count a claim that only the full run attacks', () => {
    const claim = { text: 'It floats.', probes: '', tests: '`apple-traps`, `test/e2e/kata/kata.test.ts`' };
    expect(attackedOnlyInFull([claim], probeNames)).toEqual(['It floats.']);
    expect(attackedOnlyInFull([{ ...claim, tests: '`apple-traps`, `gateway-dns`' }], probeNames)).toEqual([]);
    expect(attackedOnlyInFull([{ ...claim, probes: '`dns`' }], probeNames)).toEqual([]);
  });
});
