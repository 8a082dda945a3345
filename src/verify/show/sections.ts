import type { BottleFindings } from '../findings/bottle.ts';
import { SEVERITIES, type Finding, type Severity } from '../findings/finding.ts';
import type { FloorRow } from '../floors/judge.ts';
import { notCoveredLines } from '../probes/not-covered.ts';
import type { OpenReport, Result, VerifyReport } from '../report.ts';
import type { SettingTaken } from '../takeover/named-bottle.ts';
import { FATE_WORDS } from '../takeover/table.ts';
import {
  breachedIn,
  breachesOf,
  claimsOf,
  groupBy,
  missesOf,
  reasonsOf,
  whereBreached,
  type Claim,
  type Place,
} from './findings.ts';
import { nextSteps, repeatCommands } from './next.ts';
import { labelsOf } from './rungs.ts';
import { plural } from './verdict.ts';

/**
 * Derives from a report the sections that people read. The terminal and the page print the same ones; `--json` prints the
 * report itself.
 */

/** The parts of a line, printed in this order. */
export interface Line {
  readonly text?: string;
  /** Text from a bottle; a terminal shows only the beginning of a long one. */
  readonly evidence?: string;
  /** Ids, or lines of a manifest. */
  readonly code?: string;
  /** Command lines. */
  readonly commands?: readonly string[];
  readonly isAlarm?: boolean;
}

export interface Fact extends Line {
  readonly label: string;
}

/** Attempts with the same evidence; `count`: of attempts, `probes`: their ids, each with its users. */
export interface ReasonItem {
  readonly reason: string;
  readonly count: number;
  readonly rungs: readonly { readonly label: string; readonly count: number; readonly probes: string }[];
}

export type Block =
  | { readonly kind: 'text'; readonly line: Line }
  | { readonly kind: 'list'; readonly items: readonly Line[] }
  | { readonly kind: 'steps'; readonly items: readonly Line[] }
  | { readonly kind: 'facts'; readonly facts: readonly Fact[] }
  | {
      readonly kind: 'reasons';
      readonly reasons: readonly ReasonItem[];
      /** A terminal shows only counts and rungs, because there may be hundreds. */
      readonly isBrief: boolean;
    }
  | {
      readonly kind: 'card';
      readonly label: Severity | 'breached';
      readonly title: string;
      readonly facts: readonly Fact[];
    };

export interface Section {
  readonly title: string;
  readonly blocks: readonly Block[];
}

const section = (title: string, ...blocks: readonly Block[]): Section => ({ title, blocks });
const text = (words: string): Block => ({ kind: 'text', line: { text: words } });

/** Returns every section by its name; an empty one has no blocks. Pure. */
export const sectionsOf = (report: VerifyReport) =>
  ({
    breaches: section('What got out', ...breachCards(report)),
    next: section('What to do next', ...listOf('steps', nextSteps(report))),
    failures: section('Not attacked, or not to the end', ...listOf('list', failuresOf(report))),
    unproven: section('Unproven, and why', ...unproven(report)),
    notApplicable: section('Not applicable, and why', ...reasonBlocks(report, 'notApplicable')),
    versions: section('Versions to look at', ...listOf('list', versionsOf(report))),
    open: section('Without a bottle (--open)', ...(report.open === undefined ? [] : inTheOpen(report.open))),
    grants: section('What the grants of a bottle suggest', ...grantBlocks(report)),
    notCovered: section(
      'Not covered by any of this (docs/THREAT-MODEL.md)',
      ...listOf(
        'list',
        notCoveredLines().map((line) => ({ text: line })),
      ),
    ),
  }) as const satisfies Readonly<Record<string, Section>>;

const listOf = (kind: 'list' | 'steps', items: readonly Line[]): Block[] =>
  items.length === 0 ? [] : [{ kind, items }];

/** Returns a card for each broken claim, and for each setting of the user that broke some. */
function breachCards(report: VerifyReport): Block[] {
  const { ungranted, granted } = breachesOf(report);
  return [
    ...ungranted.map((claim): Block => {
      return { kind: 'card', label: 'breached', title: claim.claim, facts: claimFacts(claim, report) };
    }),
    ...[...granted].map(([grant, claims]): Block => {
      const title = `${plural(claims.length, 'claim')}, given by ${grant}`;
      return { kind: 'card', label: 'breached', title, facts: grantFacts(claims, report) };
    }),
  ];
}

/** Returns where a claim was broken, what that means, and how to repeat it. */
function claimFacts(claim: Claim, report: VerifyReport): Fact[] {
  const breached = breachedIn(claim);
  const alike = groupBy(breached, ({ label, row }) => `${label}: ${row.evidence}`);
  const heldOn = claim.places.filter(({ row }) => row.result === 'held').map(({ label }) => label);
  const held = [...new Set(heldOn)].filter((label) => breached.every((place) => place.label !== label));
  return [
    { label: 'tried', text: `${claim.attack} (${claim.id})` },
    ...[...alike.values()].map(([{ label, row }, ...others]) => {
      const users = [row.user, ...others.map(({ row }) => row.user)].join(' and as ');
      return { label: 'got out', text: `${label} as ${users}: `, evidence: row.evidence };
    }),
    { label: 'attacker', text: claim.breach },
    { label: 'held on', text: held.length === 0 ? 'no rung' : held.join(', ') },
    { label: 'again', commands: repeatCommands(claim, report) },
  ];
}

/** Returns one card's facts for all claims that one setting broke: one line of the manifest mends them all. */
function grantFacts(claims: readonly Claim[], report: VerifyReport): Fact[] {
  const commands = claims.flatMap((claim) => repeatCommands(claim, report)).slice(0, 1);
  return [
    ...[...whereBreached(claims)].map(([where, ids]) => ({
      label: 'got out',
      text: `${where}: `,
      code: ids.join(', '),
    })),
    { label: 'again', commands },
    ...(claims.length === 1
      ? []
      : [{ label: 'others', text: 'repeat each of them like this; --json has the evidence of each' }]),
  ];
}

/** Returns the rungs that were not attacked to the end, with the reason. */
function failuresOf({ rungs }: VerifyReport): Line[] {
  const labels = labelsOf(rungs);
  return rungs.flatMap(({ failure }, at) =>
    failure === undefined ? [] : [{ text: `${labels[at] ?? ''}: `, evidence: failure }],
  );
}

/** The most command lines shown that differ only in the probe. */
const MOST_COMMANDS = 3;

function unproven(report: VerifyReport): Block[] {
  const blocks = reasonBlocks(report, 'unproven');
  if (blocks.length === 0) return [];
  const commands = claimsOf(report)
    .filter(({ places }) => places.some(({ row }) => row.result === 'unproven'))
    .flatMap((claim) => repeatCommands(claim, report));
  const words = commands.length > MOST_COMMANDS ? 'Again, each of them like this:' : 'Again:';
  return [...blocks, { kind: 'text', line: { text: words, commands: commands.slice(0, MOST_COMMANDS) } }];
}

function reasonBlocks(report: VerifyReport, result: Result): Block[] {
  const reasons = reasonsOf(report, result).map(({ reason, places }): ReasonItem => {
    const byLabel = groupBy(places, ({ label }) => label);
    return {
      reason,
      count: places.length,
      rungs: [...byLabel].map(([label, places]) => ({
        label,
        count: places.length,
        probes: probesIn(places),
      })),
    };
  });
  return reasons.length === 0 ? [] : [{ kind: 'reasons', reasons, isBrief: result === 'notApplicable' }];
}

/** Returns probes, each with its users. */
const probesIn = (places: readonly Place[]): string =>
  [...groupBy(places, ({ row }) => row.id)]
    .map(([id, places]) => `${id} (${places.map(({ row }) => row.user).join(', ')})`)
    .join(', ');

/** Returns the versions that are known to be bad, or may be; each once for all rungs. */
function versionsOf({ rungs }: VerifyReport): Line[] {
  const rows = rungs.flatMap(({ floors }) => floors).filter(({ verdict }) => verdict !== 'current');
  const byProgram = new Map(rows.map((row) => [`${row.program} ${row.version}`, row]));
  const isEscape = ({ verdict }: FloorRow): boolean => verdict === 'knownEscape';
  return [...byProgram.values()]
    .toSorted((a, b) => Number(isEscape(b)) - Number(isEscape(a)))
    .map((row) => ({
      text: `${isEscape(row) ? 'KNOWN ESCAPE: ' : ''}${row.evidence}`,
      isAlarm: isEscape(row),
    }));
}

/** Returns the results of the same probes without a bottle. */
function inTheOpen(open: OpenReport): Block[] {
  const seen = Object.entries(open.succeeded);
  const { made, notMade } = missesOf(open);
  const count = `${seen.length} of ${plural(seen.length + open.failed.length, 'probe')}`;
  return [
    text(`${count} succeeded in a plain program on this host:`),
    { kind: 'facts', facts: seen.map(([id, ways]) => ({ label: id, evidence: ways.join(', ') })) },
    ...(made.length === 0
      ? []
      : [
          text('These failed even here, so holding them proves less about a bottle:'),
          ...listOf('list', [{ code: made.join(', ') }]),
        ]),
    ...(notMade.size === 0 ? [] : [text('These were not made, for these reasons:')]),
    ...listOf(
      'list',
      [...notMade].map(([reason, ids]) => ({ text: `${reason}: `, code: ids.join(', ') })),
    ),
  ];
}

/** Returns the findings on a user's bottle, the most severe first; empty if no bottle was named. */
export function grantBlocks({ bottle, findings, findingCounts }: Partial<BottleFindings>): Block[] {
  if (bottle === undefined || findings === undefined) return [];
  const counts = SEVERITIES.map((severity) => `${findingCounts?.[severity] ?? 0} ${severity}`).join(', ');
  const [where = '', ...settings] = probedIn(bottle);
  return [
    text(
      `Attacks that the grants of ${bottle.name} suggest: ${plural(findings.length, 'finding')} (${counts}). “It” is the attacker who controls the agent.`,
    ),
    text(where),
    ...listOf(
      'list',
      settings.map((line) => ({ text: line })),
    ),
    ...findings.map(findingCard),
  ];
}

const findingCard = ({ id, severity, claim, evidence, place, why, remedy, source }: Finding): Block => ({
  kind: 'card',
  label: severity,
  title: `${claim} [${id}]`,
  facts: [
    { label: 'because', code: `${evidence}${place === null ? '' : ` (${place})`}` },
    { label: 'severity', text: why },
    { label: 'instead', code: remedy },
    { label: 'source', text: source },
  ],
});

const NOT_TRIED = 'Findings follow from the manifest; nothing was tried for them.';
const IN_ARENA = `The probes were made in a bottle of verify’s own, on the rung that this bottle would get: its gateway knows no ports and no pinned addresses, so nothing could be proven in it. Not tried are its image, resources, env, workspace and rules, and not your project. ${NOT_TRIED}`;
const IN_BOTTLE = `The probes were made in a bottle with the settings of this one, and not in your project. ${NOT_TRIED}`;

/** Returns which bottle was attacked, and a line for each group of settings that were treated alike. */
function probedIn({ probedIn: where, settings }: BottleFindings['bottle']): readonly string[] {
  if (where === 'arena') return [IN_ARENA];
  const groups = [...groupBy(settings, ({ fate, why }) => `${fate}\0${why}`).values()];
  return [IN_BOTTLE, ...groups.map(lineOf)];
}

function lineOf(group: readonly [SettingTaken, ...SettingTaken[]]): string {
  const [{ fate, why }] = group;
  const names = group.map(({ setting }) => setting).join(', ');
  return `${names}: ${FATE_WORDS[fate]}${why === '' ? '' : `; ${why}`}`;
}
