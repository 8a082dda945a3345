import { styled } from '../../ui/colour.ts';
import { escapeText } from '../../ui/terminal/text.ts';
import type { BottleFindings } from '../findings/bottle.ts';
import type { VerifyReport } from '../report.ts';
import { renderFamilies } from './families.ts';
import {
  grantBlocks,
  sectionsOf,
  type Block,
  type Fact,
  type Line,
  type ReasonItem,
  type Section,
} from './sections.ts';
import { verdictOf } from './verdict.ts';
import { wrap, wrapCommand } from './wrap.ts';
import { renderTable } from '../../ui/table.ts';
import { FAMILIES, type Probe } from '../probes/probe.ts';

/** Prints the report on a terminal: at most 100 columns wide, and what to do next at the end. */

/** Returns the report without the findings on a user's bottle, which `renderGrants` prints. */
export function renderReport(report: VerifyReport): string {
  const { held, line } = verdictOf(report);
  const sections = sectionsOf(report);
  return joined([
    titleOf(report),
    report.rungs.length === 0 ? [] : [renderFamilies(report), '', ...LEGEND],
    titled(sections.failures, 'yellow'),
    ...sections.breaches.blocks.map(blockLines),
    titled(sections.unproven, 'yellow'),
    titled(sections.notApplicable),
    titled(sections.versions),
    titled(sections.open),
    wrap(line).map((line) => styled(held ? 'green' : 'red', line)),
    titled(sections.next, 'bold'),
    titled(sections.notCovered),
  ]);
}

/** Returns the findings on a user's bottle. */
export function renderGrants(findings: BottleFindings): string {
  const blocks = grantBlocks(findings);
  const cards = blocks.filter(({ kind }) => kind === 'card');
  const [head, ...words] = blocks.filter(({ kind }) => kind !== 'card');
  return joined([
    (head === undefined ? [] : blockLines(head)).map((line) => styled('bold', line)),
    words.flatMap(blockLines),
    ...cards.map(blockLines),
    wrap(
      'Findings do not change the exit code; --fail-on high, medium or low makes it 8 for one of these or worse.',
    ),
  ]);
}

/** Joins parts that have lines, with an empty line between them. */
const joined = (parts: readonly (readonly string[])[]): string =>
  parts
    .filter(({ length }) => length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');

const titleOf = ({ botBottleVersion, startedAt, host }: VerifyReport): string[] =>
  wrap(
    escapeText(
      `Attacks on live bottles, ${startedAt}: bot-bottle ${botBottleVersion}, ${host.system}, kernel ${host.kernel}, ${host.architecture}`,
    ),
  );

const LEGEND = wrap(
  'A number alone: attempts that held, as seen from outside. n/a: proves nothing there. unproven: nothing was seen, but that proves nothing. An attempt is one probe as one user.',
);

function titled({ title, blocks }: Section, style?: 'yellow' | 'bold'): string[] {
  if (blocks.length === 0) return [];
  const head = `${title}:`;
  return [style === undefined ? head : styled(style, head), ...blocks.flatMap(blockLines)];
}

const CARD_STYLES = { breached: 'red', high: 'red', medium: 'yellow', low: 'bold', info: 'dim' } as const;

function blockLines(block: Block): string[] {
  switch (block.kind) {
    case 'text':
      return lineOf(block.line, '');
    case 'list':
      return block.items.flatMap((item) => lineOf(item, '  - '));
    case 'steps':
      return block.items.flatMap((item, at) => lineOf(item, `  ${at + 1}. `));
    case 'facts':
      return factLines(block.facts, Math.max(0, ...block.facts.map(({ label }) => label.length)));
    case 'reasons':
      return block.reasons.flatMap((item) => (block.isBrief ? briefLines(item) : reasonLines(item)));
    case 'card':
      return [
        ...wrap(escapeText(block.title), `${block.label.toUpperCase()}: `).map((line) =>
          styled(CARD_STYLES[block.label], line),
        ),
        ...factLines(block.facts, CARD_LABEL_WIDTH),
      ];
  }
}

const reasonLines = ({ reason, rungs }: ReasonItem): string[] => [
  ...wrap(excerpt(reason), '  - '),
  ...rungs.flatMap(({ label, probes }) => wrap(escapeText(probes), `      ${escapeText(label)}: `)),
];

const briefLines = ({ reason, count, rungs }: ReasonItem): string[] =>
  wrap(
    `${excerpt(reason)}: ${escapeText(rungs.map(({ label }) => label).join(', '))}`,
    `  ${String(count).padStart(3)}  `,
  );

const CARD_LABEL_WIDTH = 8;

const factLines = (facts: readonly Fact[], width: number): string[] =>
  facts.flatMap((fact) => lineOf(fact, `  ${escapeText(fact.label).padEnd(width)}  `));

/** Prints text after `first`, and each command line on a separate line. */
function lineOf(
  { text = '', evidence = '', code = '', commands = [], isAlarm = false }: Line,
  first: string,
): string[] {
  const isText = `${text}${evidence}${code}` !== '';
  const words = isText ? wrap(`${escapeText(text)}${excerpt(evidence)}${escapeText(code)}`, first) : [];
  return [
    ...(isAlarm ? words.map((line) => styled('red', line)) : words),
    ...commands.flatMap((command) =>
      wrapCommand(escapeText(command), isText ? ' '.repeat(first.length + 2) : first),
    ),
  ];
}

/** The most characters of evidence shown; the JSON has all of it. */
const MOST_EVIDENCE = 400;

/** Returns text from a bottle so that it is safe on a terminal, and not too long. */
function excerpt(text: string): string {
  const characters = Array.from(escapeText(text));
  const start = characters.slice(0, MOST_EVIDENCE).join('');
  return characters.length <= MOST_EVIDENCE ? start : `${start}... (the rest: --json)`;
}

/** Returns the list of probes by family. */
export function renderList(probes: readonly Probe[]): string {
  const families = (Object.keys(FAMILIES) as (keyof typeof FAMILIES)[]).flatMap((family) => {
    const rows = probes.filter((probe) => probe.family === family).map(({ id, attack }) => [id, attack]);
    return rows.length === 0
      ? []
      : [`${family}: ${FAMILIES[family]}\n${renderTable(['PROBE', 'TRIES TO'], rows)}\n`];
  });
  return [
    ...families,
    `${probes.length} probes. bot-bottle verify --probe ID runs one; --json shows more of each.`,
  ].join('\n');
}
