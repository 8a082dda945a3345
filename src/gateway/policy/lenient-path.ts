import { matchesPath } from './paths.ts';

/** Where a path leads on the most lenient of servers: for what a rule would have, were it written as clients write it. */

/**
 * Whether some server takes it for a path that one of the globs matches. Unlike a deny rule, which matches all that cannot be judged,
 * this is about what leads there: other paths may be spelled as they like.
 */
export function mayLeadTo(globs: readonly string[], sent: string | undefined): boolean {
  const once = decoded((sent ?? '').replace(/[?#].*$/s, ''));
  const readings = new Set([once, decoded(once)].flatMap(resolvedReadings));
  return [...readings].some((path) => globs.some((glob) => matchesPath(glob, path)));
}

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

/** As in paths.ts: backslashes are slashes, `;v=1` is nothing, `//x` at the beginning is an authority, and a `?` that was escaped ends it. */
function resolvedReadings(text: string): readonly string[] {
  const slashes = text.replaceAll('\\', '/');
  return [slashes, slashes.replace(/[?#].*$/s, '')]
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
