import { cutsOf, MAYBE_SLASH, matchesSegment, readingsOf } from './paths.ts';

/**
 * Compares paths with escaped slashes to the globs of a deny rule. A server may read each one in either way. In
 * GitLab’s `/projects/group%2Fapp/repository/files/secret%2Fkey`, the first belongs to a name, and the second is a
 * slash. There is one reading per combination. This code covers all of them in one pass.
 */

/** A path, split at every slash and escaped slash. */
interface Mixed {
  readonly pieces: readonly string[];
  /** The character before each piece but the first: `/`, or MAYBE_SLASH. */
  readonly slashes: string;
  /**
   * Possible names of each piece. A name cut at its colon also ends there for the pieces joined to it, which belong to
   * a stream of NTFS.
   */
  readonly names: readonly (readonly string[])[];
}

/**
 * Returns the path's readings in pieces, as servers may cut it or ignore parts. `otherwise` returns a further name of a
 * piece.
 */
export function mixedReadingsOf(path: string, otherwise: (piece: string) => string): readonly Mixed[] {
  return cutsOf(path)
    .flatMap(readingsOf)
    .map((reading) => {
      const pieces = reading.split(/[/\\]/);
      const names = pieces.map((piece) => [...new Set([piece, withoutEnd(piece), otherwise(piece)])]);
      return { pieces, slashes: reading.replace(/[^/\\]/g, ''), names };
    });
}

/** Returns a name without the dots and spaces at its end, which Windows ignores. The lookbehind keeps it linear. */
export const withoutEnd = (piece: string): string => piece.replace(/(?<![. ])[. ]+$/, '');

/**
 * Returns whether a glob, split into parts, matches in some reading, where pieces of only dots and spaces may be
 * ignored. In doubt, it matches: for `a*b*c`, it ignores what joined pieces have between the first and the last part,
 * and a colon there. It visits each part once, so no glob or path makes it slow.
 */
export function matchesSomehow(globs: readonly string[], path: Mixed): boolean {
  const end = path.pieces.length;
  let reached: readonly number[] = [0];
  for (const glob of globs) {
    const [first] = reached;
    if (first === undefined) return false;
    reached =
      glob === '**'
        ? Array.from({ length: end - first + 1 }, (_, at) => first + at)
        : behind(glob, reached, path);
  }
  const last = reached.at(-1);
  return last !== undefined && path.pieces.slice(last).every(isNothing);
}

const isNothing = (piece: string | undefined): boolean => piece !== undefined && /^[. ]*$/.test(piece);

/** Returns the positions after one part of a glob from any of these positions. Both lists are in ascending order. */
function behind(glob: string, from: readonly number[], { pieces, slashes, names }: Mixed): number[] {
  const [first = '', ...rest] = glob.split('*');
  const last = rest.at(-1);
  const found: number[] = [];
  let [next, begins] = [0, false];
  /**
   * `isTaking`: a star has begun to match joined pieces. `isOver`: the part has ended at a colon, and joined pieces
   * belong to the stream.
   */
  let [isTaking, isOver] = [false, false];
  for (let at = from[0] ?? 0; at < pieces.length; at += 1) {
    const piece = pieces[at] ?? '';
    begins = from[next] === at || (begins && isNothing(pieces[at - 1]));
    if (from[next] === at) next += 1;
    const isJoined = slashes[at - 1] === MAYBE_SLASH;
    [isTaking, isOver] = [isTaking && isJoined, isOver && isJoined];
    if (!begins && !isTaking && !isOver && next === from.length) break;
    const fitting = (names[at] ?? []).filter(
      (name) =>
        (begins && matchesSegment(glob, name)) || (isTaking && last !== undefined && name.endsWith(last)),
    );
    if (fitting.length > 0 || isOver) found.push(at + 1);
    isOver ||= piece.includes(':') && fitting.some((name) => !name.includes(':'));
    isTaking ||= begins && last !== undefined && piece.startsWith(first);
  }
  return found;
}
