import { stripVTControlCharacters } from 'node:util';
import { assert, property, string } from 'fast-check';
import { expect, test } from 'vitest';
import { anyCodePoint } from '../../../test/support/code-points.ts';
import {
  EIGHT_THAT_HELD,
  everywhere,
  MIXED,
  reportOf,
  rowOf,
  rowsOf,
  rungOf,
} from '../../../test/support/verify/verify-report.ts';
import type { VerifyReport } from '../report.ts';
import { renderReport } from './terminal.ts';
import { runs } from '../../../test/support/runs.ts';

/** What moves a cursor, or hides and turns text; line ends are ours. */
const CONTROLS = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}]/u;

const textOf = (report: VerifyReport): string => stripVTControlCharacters(renderReport(report));
const widthOf = (report: VerifyReport): number =>
  Math.max(
    ...textOf(report)
      .split('\n')
      .map((line) => Array.from(line).length),
  );

const BROKEN = rungOf({ probes: rowsOf(() => 'breached') });
const BREACHED_EVERYWHERE = reportOf(
  EIGHT_THAT_HELD.map(({ runtime, engine }) => ({ ...BROKEN, runtime, engine })),
);

test('the table fits into 100 columns with eight rungs and any results', () => {
  for (const report of [
    MIXED,
    BREACHED_EVERYWHERE,
    reportOf(EIGHT_THAT_HELD),
    reportOf([rungOf()]),
    reportOf([]),
  ]) {
    expect(widthOf(report)).toBeLessThanOrEqual(100);
  }
});

test('the table names the rungs, and has the worst result in each cell', () => {
  const text = textOf(MIXED);
  expect(text).toMatch(/^FAMILY +bubblewrap +runc\/ +crun\/ +runsc\/ +runc\/ +crun\/ +runsc\/ +kata\/$/m);
  expect(text).toMatch(/^dns +4 \+4 n\/a +BREACHED 2 +8 +8 +8 +not run +8 +8$/m);
  expect(text).toMatch(/^git +4 \+4 n\/a +8 +unproven 8 /m);
});

test('the table goes on in a second one where there are too many rungs', () => {
  expect(textOf(BREACHED_EVERYWHERE).match(/^FAMILY/gm)).toHaveLength(2);
});

test('the table tells rungs with the same name apart', () => {
  const rungs = [rungOf(), rungOf({ networkForm: 'joined' }), rungOf({ networkForm: 'joined' })];
  const text = textOf(reportOf(rungs.map((rung) => ({ ...rung, failure: 'no' }))));
  expect(text).toContain('runsc/docker/bridge: no');
  expect(text).toContain('runsc/docker/joined/2: no');
  expect(text).toContain('runsc/docker/joined/3: no');
});

test('a breach is printed with its claim, place, evidence, effect and command', () => {
  const text = textOf(MIXED);
  const start = text.indexOf('BREACHED: ');
  const breach = text.slice(start, text.indexOf('\n\n', start));
  expect(breach).toContain('No datagram reaches any address of the host (dns-probe-1).');
  expect(breach).toContain('runc/docker as agent and as root: seen outside: udp from 192.0.2.9');
  expect(breach).toContain('talks to services of the host');
  expect(breach).toMatch(/held on +bubblewrap, crun\/docker, /);
  expect(breach.replaceAll(/ \\\n +/g, ' ')).toContain(
    'bot-bottle verify --runtime runc --engine docker --network-form bridge --probe dns-probe-1',
  );
  expect(text).toContain('bot-bottle start AGENT --runtime kata --engine docker');
});

test('a breach names no rung to use where none held', () => {
  const text = textOf(BREACHED_EVERYWHERE);
  expect(text).not.toContain('bot-bottle start');
  expect(text).toContain('start nothing untrusted on this host');
});

test('unproven and not applicable rows are grouped by reason', () => {
  const text = textOf(MIXED);
  expect(text.match(/its control did not go through/g)).toHaveLength(1);
  expect(text).toContain('crun/docker: git-probe-1 (agent, root), git-probe-2 (agent, root)');
  expect(text).toMatch(
    /^ +52 {2}there is no root in a bottle of this rung \(trait rootInside\): bubblewrap$/m,
  );
});

test('the verdict is held only if the report says so and nothing in it contradicts', () => {
  expect(textOf(reportOf(EIGHT_THAT_HELD))).toContain('Held: None of 780 attempts got out of 8 bottles');
  expect(textOf(reportOf(EIGHT_THAT_HELD))).not.toContain('What to do next');
  expect(textOf(reportOf(EIGHT_THAT_HELD, { held: false }))).toContain('Not proven: 780 held.');
  expect(textOf(MIXED)).toContain(
    'Not held: 3 GOT OUT, 8 unproven, 1 rung not attacked to the end, 665 held.',
  );
  expect(textOf(reportOf([], { held: true }))).toContain('Not proven: no rung was attacked.');
  const untried = rungOf({ probes: [rowOf('notApplicable')] });
  expect(textOf(reportOf([untried], { held: true }))).toContain('1 rung on which nothing could be tried');
});

test('the report prints the result of the open, and ends with what is not covered', () => {
  const text = textOf(MIXED);
  expect(text).toContain('Without a bottle (--open):\n2 of 4 probes succeeded');
  expect(text).toMatch(/^ {2}files-probe-2 {2}carried home by tcp, said by the program$/m);
  expect(text).toMatch(/proves less about a bottle:\n {2}- ways-probe-1\n/);
  expect(text).toContain('  - there is nothing to try it on: ways-probe-2');
  expect(text.slice(text.indexOf('Not covered'))).toMatch(/Timing, volume and order of traffic/);
  expect(textOf(reportOf(EIGHT_THAT_HELD))).not.toContain('--open');
});

test('no text of a bottle moves the cursor or turns text', () => {
  assert(
    property(string({ unit: anyCodePoint }), (text) => {
      expect(textOf(everywhere(text))).not.toMatch(CONTROLS);
      const raw = renderReport(everywhere(`${text}\u001b[2J\u202e`));
      for (const sequence of ['\u001b[2J', '\u202e']) expect(raw).not.toContain(sequence);
    }),
    { numRuns: runs(50) },
  );
});
