import type { Rule } from '../../config.ts';
import { matchesPath } from './paths.ts';

/**
 * Resolves a path as the most lenient servers do, to find what a rule would match if the path were in plain spelling.
 */

/**
 * Returns whether some server reads it as a path that one of the globs matches. Unlike a deny rule, which matches every
 * path that cannot be judged, this covers only what leads to such a path. Other paths may have any spelling.
 */
export function mayLeadTo(globs: readonly string[], sent: string | undefined): boolean {
  const raw = (sent ?? '').replace(/[?#].*$/s, '');
  if (raw.length > LONGEST) return true;
  const once = decoded(raw);
  const spellings = [once, decoded(once)].flatMap((one) => [one, one.normalize('NFKC')]);
  const readings = new Set(spellings.flatMap(resolvedReadings));
  const plain = globs.map((glob) => glob.replaceAll('%2F', '/').replace(/(?<=.)\/$/, ''));
  return [...readings].some((path) => plain.some((glob) => matchesPath(glob, path)));
}

/** Upper bound in characters. No well-meant path is both this long and odd, and each reading takes time. */
const LONGEST = 4_096;

/**
 * Returns whether all servers read the path in the same way, except for its case. Then a rule without `%2F` either has
 * matched it already or never does. This holds for most paths.
 */
export function hasOneReading(sent: string | undefined): boolean {
  const raw = (sent ?? '').replace(/[?#].*$/s, '');
  if (!raw.includes('%')) return !HAS_MORE.test(raw);
  return !/%(?:2f|5c)/i.test(raw) && !HAS_MORE.test(decoded(raw));
}

const byEscapes = new WeakMap<readonly Rule[], boolean>();

/**
 * Returns whether a rule lends an identity for a path with an escaped slash, which some servers treat as a plain one.
 */
export function lendsByEscapes(rules: readonly Rule[]): boolean {
  let known = byEscapes.get(rules);
  if (known === undefined) {
    known = rules.some(({ inject, paths }) => inject && paths?.some((path) => path.includes('%2F')));
    byEscapes.set(rules, known);
  }
  return known;
}

/** Characters that the code below treats specially: all but `.` alone and `..` end a segment. */
const HAS_MORE = /[^ -~]|[%;\\?#]|\/\/|[. ](?:\/|$)|.\/$/;

/** Leaves bytes that are not UTF-8 as they are, because no glob has them. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text.replace(/%([0-7][0-9a-f])/gi, (_, digits: string) =>
      String.fromCharCode(Number.parseInt(digits, 16)),
    );
  }
}

/**
 * As in paths.ts: a backslash is a slash, `;v=1` is ignored, `//x` at the beginning is an authority, and an escaped
 * `?`, `#` or a NUL ends the path.
 */
function resolvedReadings(text: string): readonly string[] {
  const slashes = text.replaceAll('\\', '/');
  // oxlint-disable-next-line no-control-regex
  return [slashes, slashes.replace(/[?#\0].*$/s, '')]
    .flatMap((one) => [one, one.replace(/^\/{2,}[^/]*/, '')])
    .flatMap((one) => [one, one.replace(/;[^/]*/g, '')])
    .map(resolved);
}

/** Resolves dot segments, and removes dots and spaces at the end of a name, which only Windows ignores. */
function resolved(path: string): string {
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    const name = segment.trim();
    if (name === '..') kept.pop();
    else if (name !== '' && name !== '.') kept.push(segment.replace(/(?<![. ])[. ]+$/, ''));
  }
  return `/${kept.join('/')}`;
}
