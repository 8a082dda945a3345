/** Compares request paths with the globs of a rule. */

/**
 * An escaped slash in a canonical path. Servers that decode before they split treat it as a slash; others as a
 * character of its segment. A canonical path has no other `%`, because an escaped one is refused.
 */
export const ESCAPED_SLASH = '%2F';

/** An escaped slash in readings of a path that may be denied. No canonical path has a backslash. */
export const MAYBE_SLASH = '\\';

/**
 * Returns the decoded path, or why it cannot be judged. Refuses a path that servers read in different ways which the
 * gateway cannot enumerate.
 */
export function canonicalPath(target: string): { readonly path: string } | { readonly refused: string } {
  const raw = target.replace(/\?.*$/s, '');
  if (raw.includes('#')) return { refused: 'has a fragment' };
  // HTTP/2 can carry them, but servers differ on their meaning.
  if (/[^ -~]/.test(raw)) return { refused: 'has characters that are not percent-encoded' };
  if (/%(?![0-9a-f]{2})/i.test(raw)) return { refused: 'has a broken percent escape' };
  if (/%(?:5c|00|25)|\\/i.test(raw)) return { refused: 'hides a backslash, a NUL or an escape' };
  let path: string;
  try {
    path = decodeURIComponent(raw.replace(/%2f/gi, '%252F'));
  } catch {
    return { refused: 'is not UTF-8' };
  }
  if (/\p{Cc}/u.test(path)) return { refused: 'has control characters' };
  // Clients resolve dot segments before they send (RFC 3986, 5.2.4). Servers differ on those that arrive.
  if (hasDotSegments(path.replaceAll(ESCAPED_SLASH, '/'))) return { refused: 'has dot segments' };
  return isUnclear(path.replaceAll(ESCAPED_SLASH, MAYBE_SLASH))
    ? { refused: 'has an escaped slash at its beginning, or beside a `;`' }
    : { path };
}

/**
 * Returns whether a possible slash decides more than the end of its segment: the authority at the start of a path, or
 * the end of a parameter. Elsewhere, each one can be read independently.
 */
export function isUnclear(path: string): boolean {
  return path.includes(MAYBE_SLASH) && (path.includes(';') || /^\/?\\|^\/{2,}[^/]*\\/.test(path));
}

/**
 * A dot segment. Java ignores `;` after `..`. A server that decodes before it splits ends it at `?`. Windows ignores
 * spaces, and all after a colon.
 */
const DOT_SEGMENT = /(?:^|\/) *\.{1,2} *(?:[:;?#][^/]*)?(?:\/|$)/;

/** Also finds dots and slashes that appear only after normalization (UAX #15): full width, leaders. */
function hasDotSegments(path: string): boolean {
  return DOT_SEGMENT.test(path) || (/[^ -~]/.test(path) && DOT_SEGMENT.test(path.normalize('NFKC')));
}

/** Returns whether a path or glob has parts that servers may ignore. */
export const hasIgnoredParts = (path: string): boolean => path.includes(';') || path.includes('//');

/**
 * Returns the path, and its rest for a server that decodes before it splits off the query or a fragment (`%3F`, `%23`:
 * CVE-2024-38474). A rule must allow all of them.
 */
export const cutsOf = (path: string): readonly string[] =>
  /[?#]/.test(path) ? [path, ...path.split('?', 1), ...path.split('#', 1)] : [path];

/**
 * Returns the known readings of a canonical path, including the path itself. Servers ignore empty segments and a
 * segment's parameters (`;v=1`, RFC 3986, 3.3). `//x` at the beginning is an authority to servers that read the target
 * as a reference (RFC 3986, 4.2; WHATWG URL also with more slashes). A rule must allow all of them.
 */
export function readingsOf(path: string): readonly string[] {
  if (!hasIgnoredParts(path)) return [path];
  const readings = [path, path.replace(/;[^/]*/g, '')]
    .flatMap((one) => [one, one.replace(/^\/{2,}[^/]*/, '') || '/'])
    .flatMap((one) => [one, one.replace(/\/{2,}/g, '/')]);
  return [...new Set(readings)];
}

/** Returns all these readings, also without ends that servers ignore: for rules that match in doubt. */
export function readingsInDoubt(path: string): readonly string[] {
  return IN_DOUBT.test(path) ? cutsOf(path).flatMap(readingsOf).flatMap(withoutEnds) : [path];
}

/** Finds whether a path has any of that. Most paths do not. */
const IN_DOUBT = /[;?#]|\/\/|[. ](?:\/|$)|.\/$/;

/**
 * Servers ignore a slash at the end. Servers on Windows ignore dots and spaces that end a segment. The lookbehind keeps
 * it linear.
 */
function withoutEnds(path: string): readonly string[] {
  const trimmed = path.replace(/(?<![. ])[. ]+(?=\/|$)/g, '').replace(/\/{2,}/g, '/');
  return [path, ...[path, trimmed].map((one) => one.replace(/(.)\/$/, '$1'))];
}

/**
 * Returns whether a glob matches a path. `*` is any text within a segment, `**` any number of whole segments; `/a/**`
 * also matches `/a`. All else is literal. A segment with an escaped slash matches `**`, under which every reading of it
 * is allowed, and a glob with `%2F` in the same place, but not `*`.
 */
export function matchesPath(glob: string, path: string): boolean {
  return matchesSegments(glob.split('/'), path.split('/'));
}

/**
 * As `matchesPath`, for segments. Each segment may also be the one at its place in `others`. Retries only the last
 * `**`, one segment farther: any match of the earlier ones is as good, so no glob or path makes it slow.
 */
export function matchesSegments(
  globs: readonly string[],
  segments: readonly string[],
  others: readonly string[] = segments,
): boolean {
  const isMatch = (glob: string, at: number): boolean =>
    matchesSegment(glob, segments[at] ?? '') ||
    (others !== segments && others[at] !== segments[at] && matchesSegment(glob, others[at] ?? ''));
  let [at, next] = [0, 0];
  let again: { at: number; readonly next: number } | undefined;
  while (at < segments.length) {
    const glob = globs[next];
    if (glob === '**') {
      next += 1;
      again = { at, next };
    } else if (glob !== undefined && isMatch(glob, at)) {
      at += 1;
      next += 1;
    } else if (again === undefined) {
      return false;
    } else {
      again.at += 1;
      [at, next] = [again.at, again.next];
    }
  }
  return globs.slice(next).every((glob) => glob === '**');
}

/** Returns whether one part of a glob, not `**`, matches one segment. */
export function matchesSegment(glob: string, segment: string): boolean {
  if (!segment.includes(ESCAPED_SLASH)) return matchesText(glob, segment);
  const [globs, parts] = [glob.split(ESCAPED_SLASH), segment.split(ESCAPED_SLASH)];
  return globs.length === parts.length && globs.every((one, at) => matchesText(one, parts[at] ?? ''));
}

function matchesText(glob: string, segment: string): boolean {
  const [first = '', ...rest] = glob.split('*');
  if (rest.length === 0) return glob === segment;
  const last = rest.pop() ?? '';
  if (segment.length < first.length + last.length) return false;
  if (!segment.startsWith(first) || !segment.endsWith(last)) return false;
  let from = first.length;
  for (const part of rest) {
    const at = segment.indexOf(part, from);
    if (at === -1) return false;
    from = at + part.length;
  }
  return from <= segment.length - last.length;
}
