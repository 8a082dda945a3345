import { stripVTControlCharacters } from 'node:util';
import { assert, property, string } from 'fast-check';
import { expect, test } from 'vitest';
import { anyCodePoint } from '../../../test/support/code-points.ts';
import { reportOf, rowOf, rungOf } from '../../../test/support/verify/verify-report.ts';
import type { BottleFindings } from '../findings/bottle.ts';
import type { ProbeRow } from '../report.ts';
import type { Finding } from '../findings/finding.ts';
import { countFindings } from '../findings/findings.ts';
import { renderPage } from '../page/page.ts';
import { renderGrants, renderReport } from './terminal.ts';
import { sectionsOf } from './sections.ts';

const GRANT = '`workspace: mount` (bot-bottle.yaml:3:5)';

/** The cards of a report's breaches, each as one line: its title, then its facts. */
const cardsOf = (probes: readonly ProbeRow[]): string[] =>
  sectionsOf(reportOf([rungOf({ probes })])).breaches.blocks.map((block) =>
    block.kind === 'card'
      ? [
          block.title,
          ...block.facts.map(({ label, text = '', code = '' }) => `${label} ${text}${code}`),
        ].join(' | ')
      : '',
  );

test('claims that one setting broke share a card, with their ids by rung and user', () => {
  const probes = Array.from({ length: 76 }, (_, at) =>
    rowOf('breached', { id: `probe-${at}`, grant: GRANT, user: at < 70 ? 'agent' : 'root' }),
  );
  const [card = '', ...others] = cardsOf([...probes, rowOf('held')]);
  expect(others).toEqual([]);
  expect(card).toContain(`76 claims, given by ${GRANT}`);
  expect(card).toMatch(/got out runsc\/docker as agent: probe-0, probe-1, .* probe-69 \| got out/);
  expect(card).toContain('got out runsc/docker as root: probe-70, ');
  expect(card.match(/\| again/g)).toHaveLength(1);
});

test('each setting has a card, after the claims without one', () => {
  const rows = [{ grant: GRANT }, {}, { grant: '`env`' }].map((part, at) =>
    rowOf('breached', { id: `probe-${at}`, claim: `It ${at} holds.`, ...part }),
  );
  expect(cardsOf(rows).map((card) => card.split(' | ')[0])).toEqual([
    'It 1 holds.',
    `1 claim, given by ${GRANT}`,
    '1 claim, given by `env`',
  ]);
});

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

test('each finding has its claim, rule, severity, reason and remedy', () => {
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

test('no text of a manifest or a folder moves the cursor or makes a line too wide', () => {
  assert(
    property(string({ unit: anyCodePoint }), (evidence) => {
      const text = stripVTControlCharacters(renderGrants(with_([{ ...FINDING, evidence }])));
      expect(
        Array.from(text).filter((character) => character !== '\n' && /[\p{Cc}\u202e]/u.test(character)),
      ).toEqual([]);
      expect(text.split('\n').filter((line) => Array.from(line).length > 100)).toEqual([]);
    }),
  );
});

test('the page has findings as text, and no such section without a bottle', () => {
  const page = renderPage({ ...reportOf([]), ...with_([{ ...FINDING, evidence: '<script>x</script>' }]) });
  expect(page).toContain('&lt;script&gt;x');
  expect(page).not.toContain('<script>x');
  expect(page).toContain('id="grants"');
  expect(renderPage(reportOf([]))).not.toContain('id="grants"');
});

const IN_BOTTLE: BottleFindings = {
  ...with_([]),
  bottle: {
    name: 'dev',
    agents: ['worker'],
    probedIn: 'bottle',
    settings: [
      { setting: 'image', fate: 'taken', why: '' },
      { setting: 'egress.dlp', fate: 'taken', why: '' },
      { setting: 'egress.max_bytes', fate: 'left', why: 'it would end the attack' },
    ],
    manifestDigest: 'sha256:0',
  },
};

test('the report names the attacked bottle and the effect of its settings', () => {
  const [own, theirs] = [with_([]), IN_BOTTLE].map((found) => renderGrants(found).replaceAll(/\s+/g, ' '));
  expect(own).toContain('in a bottle of verify’s own');
  expect(theirs).toContain('in a bottle with the settings of this one');
  expect(theirs).toContain('- image, egress.dlp: as it stands');
  expect(theirs).toContain('- egress.max_bytes: left out; it would end the attack');
  const page = renderPage({ ...reportOf([]), ...IN_BOTTLE });
  expect(page).toContain('<li>egress.max_bytes: left out; it would end the attack</li>');
});

test("a breach by a user's setting is reported with it, and not as a flaw", () => {
  const grant = '`workspace: mount` (bot-bottle.yaml:3:5)';
  const shown = (...grants: readonly object[]): string => {
    const probes = grants.map((part, at) => rowOf('breached', { id: `probe-${at}`, ...part }));
    return renderReport({ ...reportOf([rungOf({ probes })]), ...IN_BOTTLE }).replaceAll(/\s+/g, ' ');
  };
  expect(shown({ grant })).toContain(`given by ${grant}`);
  expect(shown({ grant })).toContain("This bottle's own manifest allows some of it");
  expect(shown({ grant })).toContain('verify --bottle dev --runtime runsc');
  expect(shown({ grant })).not.toContain('Report it to the maintainers');
  expect(shown({ grant }, {})).toContain('Report it to the maintainers');
  expect(
    renderPage({ ...reportOf([rungOf({ probes: [rowOf('breached', { grant })] })]), ...IN_BOTTLE }),
  ).toContain('1 claim, given by `workspace: mount` (bot-bottle.yaml:3:5)</h3>');
});
