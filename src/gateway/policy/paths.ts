/** Request paths against the globs of a rule. */

/**
 * An escaped slash, as canonical paths have it: a slash to servers that decode before they split, to others a character of its segment.
 * Nothing else in them has a `%`, as an escaped one is refused.
 */
export const ESCAPED_SLASH = '%2F';

/** The same in readings of a path that may be denied. No canonical path has a backslash. */
export const MAYBE_SLASH = '\\';

/** The decoded path, or why it cannot be judged: what two servers would read in two ways, and nobody can tell how, is refused. */
export function canonicalPath(target: string): { readonly path: string } | { readonly refused: string } {
  const raw = target.replace(/\?.*$/s, '');
  if (raw.includes('#')) return { refused: 'has a fragment' };
  // HTTP/2 can carry them; what they mean, each server says for itself.
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
  // Clients resolve dot segments before they send (RFC 3986, 5.2.4); servers differ on those that arrive.
  if (hasDotSegments(path.replaceAll(ESCAPED_SLASH, '/'))) return { refused: 'has dot segments' };
  return isUnclear(path.replaceAll(ESCAPED_SLASH, MAYBE_SLASH))
    ? { refused: 'has an escaped slash at its beginning, or beside a `;`' }
    : { path };
}

/**
 * Whether what may be a slash decides more than where its segment ends: which authority a path begins with, or where a parameter ends.
 * Everywhere else each of them can be read by itself.
 */
export function isUnclear(path: string): boolean {
  return path.includes(MAYBE_SLASH) && (path.includes(';') || /^\/?\\|^\/{2,}[^/]*\\/.test(path));
}

/** `..;` is Java's, `..?` is one to a server that decodes before it splits, and to Windows blanks and what follows a colon are nothing. */
const DOT_SEGMENT = /(?:^|\/) *\.{1,2} *(?:[:;?#][^/]*)?(?:\/|$)/;

/** Also of a path whose dots or slashes are some once its characters are brought to their common forms (UAX #15): full width, leaders. */
function hasDotSegments(path: string): boolean {
  return DOT_SEGMENT.test(path) || (/[^ -~]/.test(path) && DOT_SEGMENT.test(path.normalize('NFKC')));
}

/** Whether a path, or a glob, has what servers may pass over. */
export const hasPassedOver = (path: string): boolean => path.includes(';') || path.includes('//');

/**
 * The path, and what is left of it for a server that decodes before it splits off the query or a fragment (`%3F`, `%23`:
 * CVE-2024-38474). A rule that allows has to allow all of them.
 */
export const cutsOf = (path: string): readonly string[] =>
  /[?#]/.test(path) ? [path, ...path.split('?', 1), ...path.split('#', 1)] : [path];

/**
 * What servers are known to take a canonical path for, the path itself among it: empty segments are passed over, so are the
 * parameters of a segment (`;v=1`, RFC 3986, 3.3), and `//x` at the beginning is an authority to those that read the target as a
 * reference (RFC 3986, 4.2; WHATWG URL also with more slashes). A rule that allows has to allow all of them.
 */
export function readingsOf(path: string): readonly string[] {
  if (!hasPassedOver(path)) return [path];
  const readings = [path, path.replace(/;[^/]*/g, '')]
    .flatMap((one) => [one, one.replace(/^\/{2,}[^/]*/, '') || '/'])
    .flatMap((one) => [one, one.replace(/\/{2,}/g, '/')]);
  return [...new Set(readings)];
}

/** All of these, and what is left of them where ends are overlooked: for rules that must match in doubt. */
export function readingsInDoubt(path: string): readonly string[] {
  return IN_DOUBT.test(path) ? cutsOf(path).flatMap(readingsOf).flatMap(withoutEnds) : [path];
}

/** Whether any of that is in a path: in most, it is not. */
const IN_DOUBT = /[;?#]|\/\/|[. ](?:\/|$)|.\/$/;

/** Servers overlook a slash at the end; those on Windows, dots and spaces that end a segment. The look behind keeps it linear. */
function withoutEnds(path: string): readonly string[] {
  const trimmed = path.replace(/(?<![. ])[. ]+(?=\/|$)/g, '').replace(/\/{2,}/g, '/');
  return [path, ...[path, trimmed].map((one) => one.replace(/(.)\/$/, '$1'))];
}

/**
 * `*` is any text within a segment, `**` any number of whole segments; `/a/**` is also `/a`. All else is literal. A segment with an
 * escaped slash is matched by `**`, under which it is whatever it is read as, and by a glob that has `%2F` in its place; not by `*`.
 */
export function matchesPath(glob: string, path: string): boolean {
  return matchesSegments(glob.split('/'), path.split('/'));
}

/**
 * The same, in segments; each may also be the one in its place in `others`. Only the last `**` is ever tried again, one segment
 * farther: what those before it have taken fits as well as anything, so that no glob or path can make it slow.
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

/** Whether one part of a glob, not `**`, matches one segment. */
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
