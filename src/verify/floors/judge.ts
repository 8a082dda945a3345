import type { AdvisoryRow, DebianFix } from './row.ts';
import { FLOORS } from './table.ts';
import {
  compareVersions,
  formatVersion,
  parseVersion,
  type Version,
  isSourceBuild,
  oldestPossible,
} from './version.ts';

/** Compares versions with the table. Pure. */

/** `old` is a warning, `knownEscape` a failure; `unread` says nothing, and never counts as `current`. */
export const VERDICTS = ['current', 'old', 'knownEscape', 'unread'] as const;
export type Verdict = (typeof VERDICTS)[number];

export interface FloorRow {
  readonly program: string;
  /** The version without surrounding text; the whole text if it contains no version. */
  readonly version: string;
  readonly verdict: Verdict;
  /** Advisories that affect the version, or may affect it. */
  readonly advisories: readonly string[];
  /** One sentence, with what to do. */
  readonly evidence: string;
}

/** `perhaps`: a distribution's build with a lower version number, which may still contain the fix. */
type Standing = 'fixed' | 'open' | 'perhaps';

/**
 * Judges the version of each program, by the program's name in the table; an empty text means that it could not be
 * read.
 */
export function judgeFloors(readings: Readonly<Record<string, string>>): FloorRow[] {
  return Object.entries(readings).map(([program, text]) => judge(program, text));
}

function judge(program: string, text: string): FloorRow {
  const rows = FLOORS.rows.filter((row) => row.program === program);
  const version = parseVersion(text);
  if (version === undefined && isSourceBuild(text)) return judgeSourceBuild(program, { text, rows });
  if (version === undefined) {
    const given = text.trim() === '' ? 'could not be read' : `is not in '${text.trim()}'`;
    return unread(program, text, `the version of ${program} ${given}: look it up yourself`);
  }
  const shown = formatVersion(version);
  if (rows.length === 0) {
    return unread(
      program,
      shown,
      `no version of ${program} is in the table of ${FLOORS.asOf}: look up its advisories`,
    );
  }
  const open = rows.filter((row) => standingOf(version, row) === 'open');
  const perhaps = rows.filter((row) => standingOf(version, row) === 'perhaps');
  const escapes = open.filter(({ kind }) => kind === 'escape');
  return {
    program,
    version: shown,
    verdict: escapes.length > 0 ? 'knownEscape' : open.length + perhaps.length > 0 ? 'old' : 'current',
    advisories: [...open, ...perhaps].map(({ advisory }) => advisory),
    evidence: sentence(`${program} ${shown}`, [openWords(version, open), perhapsWords(version, perhaps)]),
  };
}

interface SourceBuild {
  readonly text: string;
  readonly rows: readonly AdvisoryRow[];
}

/**
 * Judges a build without a version: any advisory that its features do not rule out may affect it, so this always warns.
 */
function judgeSourceBuild(program: string, { text, rows }: SourceBuild): FloorRow {
  const oldest = oldestPossible(text);
  const perhaps = rows.filter((row) => oldest === undefined || standingOf(parsed(oldest), row) !== 'fixed');
  const named = namesOf(perhaps);
  const age = oldest === undefined ? 'may be of any age' : `is not older than ${oldest}, by its features`;
  const risk =
    named.length === 0
      ? ''
      : `; where its source is older than ${newestFix(perhaps)} it is open to ${named.join(', ')}`;
  return {
    program,
    version: text.trim(),
    verdict: 'old',
    advisories: perhaps.map(({ advisory }) => advisory),
    evidence: `${program} is built from source, says no version and ${age}${risk}`,
  };
}

const unread = (program: string, text: string, evidence: string): FloorRow => ({
  program,
  version: text.trim(),
  verdict: 'unread',
  advisories: [],
  evidence,
});

function standingOf(version: Version, row: AdvisoryRow): Standing {
  const isBefore = (other: string): boolean => compareVersions(version, parsed(other)) < 0;
  if (row.from !== undefined && isBefore(row.from)) return 'fixed';
  const branch = fixInBranch(version, row);
  if (!isBefore(newestFix([row])) || (branch !== undefined && !isBefore(branch))) return 'fixed';
  const { distribution } = version;
  if (distribution === undefined) return 'open';
  const standings = (row.debian ?? []).map((fix) => standingInDebian(distribution, fix));
  return standings.find((standing) => standing !== 'perhaps') ?? 'perhaps';
}

/**
 * Debian counts its fixes on top of one base revision: if `1-2+deb13u3` has the fix, `1-2` and `1-2+deb13u1` do not. A
 * rebuild (`+b1`) changes nothing. For other revisions, and for Ubuntu's, the answer is unknown.
 */
function standingInDebian(build: string, { fixedIn }: DebianFix): Standing {
  const [, stem = '', base = '', update = ''] = /^((.+)\+deb\d+u)(\d+)$/.exec(fixedIn) ?? [];
  const own = build.replace(/\+b\d+$/, '');
  if (own === base) return 'open';
  const number = own.startsWith(stem) ? own.slice(stem.length) : '';
  if (!/^\d+$/.test(number)) return 'perhaps';
  return Number(number) >= Number(update) ? 'fixed' : 'open';
}

/** Parses a version of the table; a test checks that all of them parse. */
function parsed(text: string): Version {
  const version = parseVersion(text);
  if (version === undefined) throw new Error(`${text} is no version`);
  return version;
}

const fixInBranch = ({ numbers: [major, minor] }: Version, { fixedIn }: AdvisoryRow): string | undefined =>
  fixedIn.find((fixed) => {
    const { numbers } = parsed(fixed);
    return numbers[0] === major && numbers[1] === minor;
  });

const newest = (versions: readonly string[]): string =>
  versions.toSorted((a, b) => compareVersions(parsed(b), parsed(a)))[0] ?? '';

const newestFix = (rows: readonly AdvisoryRow[]): string => newest(rows.flatMap(({ fixedIn }) => fixedIn));

/**
 * Returns the version to update to: the release of the same branch if that fixes everything, because it changes least.
 */
function remedy(version: Version, rows: readonly AdvisoryRow[]): string {
  const inBranch = rows.flatMap((row) => fixInBranch(version, row) ?? []);
  return inBranch.length === rows.length ? newest(inBranch) : newestFix(rows);
}

function openWords(version: Version, open: readonly AdvisoryRow[]): string[] {
  if (open.length === 0) return [];
  const named = open.map(
    ({ advisory, kind, what }) => `${advisory} (${kind === 'escape' ? 'an escape: ' : ''}${what})`,
  );
  return [`is open to ${named.join(', ')}: update to ${remedy(version, open)} or newer`];
}

const namesOf = (rows: readonly AdvisoryRow[]): readonly string[] =>
  rows.map(({ advisory, kind }) => (kind === 'escape' ? `${advisory} (an escape)` : advisory));

function perhapsWords(version: Version, perhaps: readonly AdvisoryRow[]): string[] {
  if (perhaps.length === 0) return [];
  const named = namesOf(perhaps);
  const fixed = remedy(version, perhaps);
  return [
    `is a distribution's build older than ${fixed}; may be backported; check the distribution's security tracker for ${named.join(', ')}`,
  ];
}

function sentence(subject: string, words: readonly (readonly string[])[]): string {
  const said = words.flat();
  return said.length === 0
    ? `${subject} is open to nothing in the table of ${FLOORS.asOf}`
    : `${subject} ${said.join(', and ')}`;
}
