import { canonicalPath, matchesPath, matchesSegments, readingsInDoubt } from './paths.ts';

/** Paths against the globs of a deny rule, which match in doubt. */

/** Denied are a path that cannot be judged, and another case or spelling, which a server may take for the same. */
export function deniesPath(globs: readonly string[], sent: string | undefined): boolean {
  const judged = canonicalPath(sent ?? '');
  if ('refused' in judged) return true;
  const { path } = judged;
  const readings = readingsInDoubt(path.toLowerCase());
  if (globs.some((glob) => readings.some((one) => matchesPath(glob.toLowerCase(), one)))) return true;
  const others = MAY_FOLD.test(path) ? globs : globs.filter((glob) => BEYOND_ASCII.test(glob));
  return others.length > 0 && deniesFolded(others, folded(path));
}

/** In most paths there is none of that, and case is all that could be folded. */
const MAY_FOLD = /[^ -~]|:/;
const BEYOND_ASCII = /[^ -~]/;

/**
 * As the most forgiving of file systems, databases and frameworks compare names: without compatibility forms (full width,
 * ligatures), marks, what is not seen, or case by any rule (`ſ`, `ı` and `ß` are `s`, `i` and `ss` once capitals).
 */
export function folded(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/[\p{M}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, '')
    .replace(/\p{Z}/gu, ' ')
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .replaceAll('ς', 'σ');
}

/** As in paths.ts, of a folded text: dots and slashes in full width are some now, and a stream of NTFS ends a name. */
const LEADS_ELSEWHERE = /(?:^|\/)\.{1,2} *(?:[:;?#][^/]*)?(?:\/|$)|\\|%[0-9a-f]{2}/;

function deniesFolded(globs: readonly string[], path: string): boolean {
  if (LEADS_ELSEWHERE.test(path)) return true;
  const readings = readingsInDoubt(path).map((one) => one.split('/'));
  return globs.some((glob) => {
    const parts = folded(glob).split('/');
    return readings.some((segments) => matchesSegments(parts, segments, segments.map(withoutStream)));
  });
}

/** NTFS: `secret::$DATA` is the content of `secret`. The look behind keeps it linear. */
const withoutStream = (segment: string): string =>
  segment
    .split(':', 1)
    .join('')
    .replace(/(?<![. ])[. ]+$/, '');
