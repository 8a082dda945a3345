import { cutsOf, MAYBE_SLASH, matchesSegment, readingsOf } from './paths.ts';

/**
 * Paths with escaped slashes against the globs of a deny rule. A server reads each of them as it likes: of GitLab’s
 * `/projects/group%2Fapp/repository/files/secret%2Fkey` the first is a part of a name, and the second a slash. There are as many readings
 * as choices; here all are gone through at once.
 */

/** A path in the pieces that there are when each of them is a slash. */
interface Mixed {
  readonly pieces: readonly string[];
  /** What stands before each piece but the first: `/`, or MAYBE_SLASH. */
  readonly slashes: string;
  /** What each piece may be. Without its colon it is also without all that is joined to it: that is of a stream of NTFS. */
  readonly names: readonly (readonly string[])[];
}

/** The path, as servers may cut it off or pass parts of it over, in pieces; `otherwise` gives what a piece may also be. */
export function mixedReadingsOf(path: string, otherwise: (piece: string) => string): readonly Mixed[] {
  return cutsOf(path)
    .flatMap(readingsOf)
    .map((reading) => {
      const pieces = reading.split(/[/\\]/);
      const names = pieces.map((piece) => [...new Set([piece, withoutEnd(piece), otherwise(piece)])]);
      return { pieces, slashes: reading.replace(/[^/\\]/g, ''), names };
    });
}

/** A name without the dots and blanks at its end, which Windows overlooks. The look behind keeps it linear. */
export const withoutEnd = (piece: string): string => piece.replace(/(?<![. ])[. ]+$/, '');

/**
 * Whether a glob, in its parts, matches in some reading; pieces of nothing but dots and blanks may be passed over. In doubt it does: of
 * `a*b*c` what joined pieces have between the first and the last part is not looked at, nor is a colon there. Each part is gone through
 * once, so that no glob or path can make it slow.
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

/** Up to which pieces one part of a glob comes, from any of these on. In ascending order, as they are. */
function behind(glob: string, from: readonly number[], { pieces, slashes, names }: Mixed): number[] {
  const [first = '', ...rest] = glob.split('*');
  const last = rest.at(-1);
  const found: number[] = [];
  let [next, begins] = [0, false];
  /** A star has begun to take pieces that are joined; the part has ended at a colon, and joined pieces are of the stream. */
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
