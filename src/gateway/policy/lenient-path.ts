import type { Rule } from '../config.ts';
import { matchesPath } from './paths.ts';

/** Where a path leads on the most lenient of servers: for what a rule would have, were it written as clients write it. */

/**
 * Whether some server takes it for a path that one of the globs matches. Unlike a deny rule, which matches all that cannot be judged,
 * this is about what leads there: other paths may be spelled as they like.
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

/** No path is as long that is meant well and odd, and each reading of it takes its time. */
const LONGEST = 4_096;

/** Whether all servers read the path as one, but for its case: then a rule without `%2F` has matched it already, or does not. In most, that is so. */
export function hasOneReading(sent: string | undefined): boolean {
  const raw = (sent ?? '').replace(/[?#].*$/s, '');
  if (!raw.includes('%')) return !HAS_MORE.test(raw);
  return !/%(?:2f|5c)/i.test(raw) && !HAS_MORE.test(decoded(raw));
}

const byEscapes = new WeakMap<readonly Rule[], boolean>();

/** Whether one lends an identity for a path with an escaped slash, which some servers take for a plain one too. */
export function lendsByEscapes(rules: readonly Rule[]): boolean {
  let known = byEscapes.get(rules);
  if (known === undefined) {
    known = rules.some(({ inject, paths }) => inject && paths?.some((path) => path.includes('%2F')));
    byEscapes.set(rules, known);
  }
  return known;
}

/** What below reads otherwise: all but `.` alone and `..` end a segment. */
const HAS_MORE = /[^ -~]|[%;\\?#]|\/\/|[. ](?:\/|$)|.\/$/;

/** Bytes that are no UTF-8 stay as they are; no glob has them. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text.replace(/%([0-7][0-9a-f])/gi, (_, digits: string) =>
      String.fromCharCode(Number.parseInt(digits, 16)),
    );
  }
}

/** As in paths.ts: backslashes are slashes, `;v=1` is nothing, `//x` at the beginning is an authority, and a `?` that was escaped ends it, or a NUL. */
function resolvedReadings(text: string): readonly string[] {
  const slashes = text.replaceAll('\\', '/');
  // oxlint-disable-next-line no-control-regex
  return [slashes, slashes.replace(/[?#\0].*$/s, '')]
    .flatMap((one) => [one, one.replace(/^\/{2,}[^/]*/, '')])
    .flatMap((one) => [one, one.replace(/;[^/]*/g, '')])
    .map(resolved);
}

/** Without dot segments, and without what ends a name for nobody but Windows. */
function resolved(path: string): string {
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    const name = segment.trim();
    if (name === '..') kept.pop();
    else if (name !== '' && name !== '.') kept.push(segment.replace(/(?<![. ])[. ]+$/, ''));
  }
  return `/${kept.join('/')}`;
}
