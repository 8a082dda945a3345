import { matchesSomehow, mixedReadingsOf, withoutEnd } from './mixed-slashes.ts';
import {
  canonicalPath,
  ESCAPED_SLASH,
  isUnclear,
  matchesSegments,
  MAYBE_SLASH,
  readingsInDoubt,
} from './paths.ts';

/** Compares paths with the globs of a deny rule, which match in doubt. */

/**
 * Returns whether the globs deny a path. They also deny a path that cannot be judged, and other cases or spellings,
 * which a server may treat as equal.
 */
export function deniesPath(globs: readonly string[], sent: string | undefined): boolean {
  const judged = canonicalPath(sent ?? '');
  if ('refused' in judged) return true;
  const path = judged.path.replaceAll(ESCAPED_SLASH, MAYBE_SLASH);
  const { plain, forgiving, beyondAscii } = partsOf(globs);
  if (matchesAny(plain, path.toLowerCase())) return true;
  const others = MAY_FOLD.test(path) ? forgiving : beyondAscii;
  return others.length > 0 && deniesFolded(others, path);
}

/** Globs in segments, in each form that paths are compared with. */
interface Parts {
  readonly plain: readonly Segments[];
  /** Folded globs. */
  readonly forgiving: readonly Segments[];
  /** Folded globs with characters beyond ASCII, which may match a path of ASCII. */
  readonly beyondAscii: readonly Segments[];
}

type Segments = readonly string[];

/**
 * Cached by the rule's list, which lives as long as its policy: a deny of a repository has dozens of globs, and each
 * request is compared with all.
 */
const known = new WeakMap<readonly string[], Parts>();

function partsOf(globs: readonly string[]): Parts {
  const found = known.get(globs);
  if (found !== undefined) return found;
  const made = {
    plain: globs.map((glob) => partsOfGlob(glob, (text) => text.toLowerCase())),
    forgiving: globs.map((glob) => partsOfGlob(glob, folded)),
    beyondAscii: globs.filter((glob) => BEYOND_ASCII.test(glob)).map((glob) => partsOfGlob(glob, folded)),
  };
  known.set(globs, made);
  return made;
}

/** A glob with an escaped slash also matches a slash. */
const partsOfGlob = (glob: string, spelled: (text: string) => string): Segments =>
  spelled(glob.replaceAll(ESCAPED_SLASH, '/')).split('/');

/** Returns whether a glob matches a reading of the path. Each segment may also be the result of `otherwise`. */
function matchesAny(
  globs: readonly Segments[],
  path: string,
  otherwise?: (segment: string) => string,
): boolean {
  if (path.includes(MAYBE_SLASH)) {
    const readings = mixedReadingsOf(path, otherwise ?? withoutEnd);
    return globs.some((parts) => readings.some((one) => matchesSomehow(parts, one)));
  }
  const readings = readingsInDoubt(path).map((reading) => reading.split('/'));
  const others = otherwise === undefined ? readings : readings.map((segments) => segments.map(otherwise));
  return globs.some((parts) => readings.some((segments, at) => matchesSegments(parts, segments, others[at])));
}

/** Characters that folding may change, besides case. Most paths have none. */
const MAY_FOLD = /[^ -~]|:/;
const BEYOND_ASCII = /[^ -~]/;

/**
 * Returns a name as the most lenient file systems, databases and frameworks compare it: without compatibility forms
 * (full width, ligatures), marks, invisible characters, or case by any rule (`ſ`, `ı` and `ß` become `s`, `i` and `ss`
 * through upper case).
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

/**
 * As `DOT_SEGMENT` in paths.ts, for folded text: full-width dots and slashes are plain ones there, and a stream of NTFS
 * ends a name.
 */
const LEADS_ELSEWHERE = /(?:^|\/) *\.{1,2} *(?:[:;?#][^/]*)?(?:\/|$)|\\|%[0-9a-f]{2}/;

function deniesFolded(globs: readonly Segments[], path: string): boolean {
  const text = folded(path);
  const isMixed = path.includes(MAYBE_SLASH);
  if (LEADS_ELSEWHERE.test(isMixed ? folded(path.replaceAll(MAYBE_SLASH, '/')) : text)) return true;
  return isUnclear(text) || matchesAny(globs, text, withoutStream);
}

/** NTFS: `secret::$DATA` is the content of `secret`. */
const withoutStream = (segment: string): string => withoutEnd(segment.split(':', 1).join(''));
