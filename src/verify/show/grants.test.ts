import { stripVTControlCharacters } from 'node:util';
import { assert, property, string } from 'fast-check';
import { expect, test } from 'vitest';
import { reportOf } from '../../../test/support/verify-report.ts';
import type { BottleFindings } from '../findings/bottle.ts';
import type { Finding } from '../findings/finding.ts';
import { countFindings } from '../findings/findings.ts';
import { renderPage } from '../page/page.ts';
import { renderGrants } from './grants.ts';

const FINDING: Finding = {
  id: 'webhook-host',
  severity: 'high',
  claim: 'It sends what it has found to a webhook of its own.',
  evidence: 'egress.allow[0] *.example.org: lets out POST hooks.example.org/x',
  place: 'bot-bottle.yaml:7:11',
  why: 'anybody makes such an address',
  remedy: '- { host: api.example.org }',
  source: 'MITRE ATT&CK T1567.004',
};

const with_ = (findings: readonly Finding[]): BottleFindings => ({
  bottle: { name: 'dev', agents: ['worker'], probedIn: 'arena', settings: [], manifestDigest: 'sha256:0' },
  findings,
  findingCounts: countFindings(findings),
});

test('each finding says what, by which rule, how severe and why, and what to write instead', () => {
  const text = renderGrants(with_([FINDING, { ...FINDING, severity: 'low', place: null }])).replaceAll(
    /\s+/g,
    ' ',
  );
  for (const part of [FINDING.claim, FINDING.evidence, FINDING.why, FINDING.remedy, FINDING.source]) {
    expect(text).toContain(part);
  }
  expect(text).toContain('2 findings (1 high, 0 medium, 1 low, 0 info)');
  expect(text).toContain('HIGH: It sends');
  expect(text).toContain('(bot-bottle.yaml:7:11)');
  expect(text).toContain('--fail-on');
});

test('no text of a manifest or a folder moves the cursor, and no line is too wide', () => {
  assert(
    property(string({ unit: 'binary' }), (evidence) => {
      const text = stripVTControlCharacters(renderGrants(with_([{ ...FINDING, evidence }])));
      expect(
        Array.from(text).filter((character) => character !== '\n' && /[\p{Cc}\u202e]/u.test(character)),
      ).toEqual([]);
      expect(text.split('\n').filter((line) => Array.from(line).length > 100)).toEqual([]);
    }),
  );
});

test('the page has them as text, and no section without a bottle', () => {
  const page = renderPage({ ...reportOf([]), ...with_([{ ...FINDING, evidence: '<script>x</script>' }]) });
  expect(page).toContain('&lt;script&gt;x');
  expect(page).not.toContain('<script>x');
  expect(page).toContain('id="grants"');
  expect(renderPage(reportOf([]))).not.toContain('id="grants"');
});
