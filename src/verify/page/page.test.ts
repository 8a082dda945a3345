import { assert, constantFrom, property, string, tuple } from 'fast-check';
import { expect, test } from 'vitest';
import { anyCodePoint } from '../../../test/support/code-points.ts';
import {
  EIGHT_THAT_HELD,
  everywhere,
  MIXED,
  reportOf,
  rungOf,
} from '../../../test/support/verify/verify-report.ts';
import { renderPage } from './page.ts';
import { runs } from '../../../test/support/runs.ts';

const EVIL = [
  '<script>alert(1)</script>',
  '</style></title></details>',
  '" onclick="x',
  "' onclick='x",
  '<!--',
  '-->',
  '&lt;i&gt;',
  '&#60;',
  '\u202e',
  '\u0000\u001b[31m',
  '\n<hr>\r',
  '>',
  '`=',
  '${x}',
];

const evil = tuple(string({ unit: anyCodePoint }), constantFrom(...EVIL), string()).map((parts) =>
  parts.join(''),
);

/** Every tag with its attributes, values and all: no text of a report is in any. */
const tagsOf = (html: string): readonly string[] => html.match(/<[^>]*>/g) ?? [];

const PLAIN = tagsOf(renderPage(everywhere('plain')));

test('no text of a report adds or changes a tag or an attribute of the page', () => {
  assert(
    property(evil, (text) => {
      expect(tagsOf(renderPage(everywhere(text)))).toEqual(PLAIN);
    }),
    { numRuns: runs(50) },
  );
});

test('text that hides or turns is shown escaped', () => {
  assert(
    property(evil, (text) => {
      expect(renderPage(everywhere(text))).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}]/u);
    }),
    { numRuns: runs(50) },
  );
});

test('the page forbids everything that loads or runs, and contains none', () => {
  const page = renderPage(MIXED);
  expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline';`);
  expect(page).not.toMatch(/<(?:script|link|img|iframe|object|embed|form|base)\b|\son\w+=|url\(|@import/i);
});

test('the page has every claim, attempt, evidence, version and reason', () => {
  const page = renderPage(MIXED);
  const { rungs } = MIXED;
  const rows = rungs.flatMap(({ probes }) => probes);
  expect(
    page.match(/<tr role="row"><th scope="row" role="rowheader">\S+ <span class="faint">as /g),
  ).toHaveLength(rows.length);
  for (const { claim, id, evidence } of rows) {
    for (const text of [claim, id, evidence]) expect(page).toContain(text);
  }
  for (const text of [
    MIXED.host.kernel,
    'release-20250812.0',
    'OCI runtime error',
    'ways-probe-1 (root), ways-probe-2 (root), ways-probe-3 (root)',
    '<li>bubblewrap, 52: <code>names-probe-1 (root)',
  ]) {
    expect(page).toContain(text);
  }
});

test('the page unfolds the claims that did not hold, and no others', () => {
  expect(renderPage(reportOf(EIGHT_THAT_HELD))).not.toContain('<details class="claim" open>');
  // One claim broken on each of two rungs, and four of one family unproven.
  expect(renderPage(MIXED).match(/<details class="claim" open>/g)).toHaveLength(6);
});

test('the page says first whether the run held, and is green only if nothing contradicts it', () => {
  expect(renderPage(reportOf(EIGHT_THAT_HELD))).toContain('<p class="verdict held">');
  expect(renderPage(MIXED)).toContain('<p class="verdict breached">');
  expect(renderPage(reportOf([]))).toContain('<p class="verdict unproven">');
  const failed = rungOf({ failure: 'it did not start', probes: [] });
  expect(renderPage(reportOf([...EIGHT_THAT_HELD, failed], { held: true }))).toContain(
    '<p class="verdict unproven">',
  );
});
