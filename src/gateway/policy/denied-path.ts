import { canonicalPath, matchesSegments, readingsInDoubt } from './paths.ts';

/** Paths against the globs of a deny rule, which match in doubt. */

/** Denied are a path that cannot be judged, and another case or spelling, which a server may take for the same. */
export function deniesPath(globs: readonly string[], sent: string | undefined): boolean {
  const judged = canonicalPath(sent ?? '');
  if ('refused' in judged) return true;
  const { path } = judged;
  const { plain, forgiving, beyondAscii } = partsOf(globs);
  const readings = readingsInDoubt(path.toLowerCase()).map(segmentsOf);
  if (plain.some((parts) => readings.some((one) => matchesSegments(parts, one)))) return true;
  const others = MAY_FOLD.test(path) ? forgiving : beyondAscii;
  return others.length > 0 && deniesFolded(others, folded(path));
}

/** Globs in the ways that paths are compared with them, each in segments. */
interface Parts {
  readonly plain: readonly Segments[];
  /** Folded. */
  readonly forgiving: readonly Segments[];
  /** Of those, what folds a path of ASCII would match too. */
  readonly beyondAscii: readonly Segments[];
}

type Segments = readonly string[];

/** By the list of a rule, which lasts as long as its policy: a deny of a repository has dozens, and each request is compared with all. */
const known = new WeakMap<readonly string[], Parts>();

function partsOf(globs: readonly string[]): Parts {
  const found = known.get(globs);
  if (found !== undefined) return found;
  const made = {
    plain: globs.map((glob) => segmentsOf(glob.toLowerCase())),
    forgiving: globs.map((glob) => segmentsOf(folded(glob))),
    beyondAscii: globs.filter((glob) => BEYOND_ASCII.test(glob)).map((glob) => segmentsOf(folded(glob))),
  };
  known.set(globs, made);
  return made;
}

const segmentsOf = (text: string): Segments => text.split('/');

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
const LEADS_ELSEWHERE = /(?:^|\/) *\.{1,2} *(?:[:;?#][^/]*)?(?:\/|$)|\\|%[0-9a-f]{2}/;

function deniesFolded(globs: readonly Segments[], path: string): boolean {
  if (LEADS_ELSEWHERE.test(path)) return true;
  const readings = readingsInDoubt(path).map(segmentsOf);
  const others = readings.map((segments) => segments.map(withoutStream));
  return globs.some((parts) => readings.some((segments, at) => matchesSegments(parts, segments, others[at])));
}

/** NTFS: `secret::$DATA` is the content of `secret`. The look behind keeps it linear. */
const withoutStream = (segment: string): string =>
  segment
    .split(':', 1)
    .join('')
    .replace(/(?<![. ])[. ]+$/, '');
