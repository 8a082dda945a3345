import { canonicalPath } from '../../gateway/policy/paths.ts';
import { unclear } from '../../gateway/policy/reasons.ts';
import { pathPatternFault } from '../../manifest/schema/text-faults.ts';

/** From the paths that were asked for to globs for a rule: as narrow as can still be read. */

/** More than these are put together, where they have a folder in common. */
const MOST_GLOBS = 5;
/** Of paths that have nothing in common. Above that no rule is suggested: an agent could ask for many paths to be suggested all of them. */
const MOST_APART = 10;

/** Folders deeper than this are not told apart: paths are what an agent chose, and can be deep. */
const MOST_LEVELS = 16;

/** What names one thing among many of its kind: a number, a UUID, a digest. */
const ID = /^(?:\d+|[0-9a-f]{7,64}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;

/** Why no glob can name what was asked for; undefined where one can. */
export function whyUnnameable(target: string): string | undefined {
  const judged = canonicalPath(target);
  if ('refused' in judged) return unclear.path(judged.refused);
  return isNameable(judged.path) ? undefined : 'no path of a rule can name what was asked for';
}

/**
 * Globs that match all of these request targets, under the narrowest folders that they have in common; undefined where there would be too
 * many, or where a path is one that no glob can name. None of them stands for all of a host: each has a segment that is literal.
 */
export function globsFor(targets: readonly string[]): readonly string[] | undefined {
  const judged = targets.map((target) => canonicalPath(target));
  const paths = judged.flatMap((one) => ('path' in one && isNameable(one.path) ? [one.path] : []));
  if (paths.length < judged.length || paths.length === 0) return undefined;
  const literal = unique(paths);
  const globs = literal.length <= MOST_GLOBS ? literal : underFolders(unique(paths.map(withoutIds)));
  return globs.length <= MOST_APART ? globs : undefined;
}

const unique = (globs: readonly string[]): string[] => [...new Set(globs)].sort();

/** Puts together what lies in one folder, the deepest folders first and of those the fullest, until there are few enough. */
function underFolders(globs: readonly string[]): readonly string[] {
  const all = new Set(globs);
  const depth = Math.min(MOST_LEVELS, Math.max(...globs.map(levelsOf)));
  for (let level = depth - 1; level >= 1; level -= 1) {
    const groups = [...groupedAt(all, level)].sort(([, a], [, b]) => b.length - a.length);
    for (const [folder, inside] of groups) {
      if (all.size <= MOST_GLOBS) break;
      for (const glob of inside) all.delete(glob);
      all.add(`${folder}/**`);
    }
  }
  return [...all].sort();
}

const levelsOf = (glob: string): number => glob.split('/').length - 1;

/** What lies in each folder so many levels deep, where that is more than one; the folder's own path is in it, as a glob has it. */
function groupedAt(globs: Iterable<string>, level: number): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const glob of globs) {
    if (levelsOf(glob) < level) continue;
    const folder = glob.split('/', level + 1).join('/');
    if (!hasLiteral(folder) || folder.endsWith('**')) continue;
    const inside = groups.get(folder);
    if (inside === undefined) groups.set(folder, [glob]);
    else inside.push(glob);
  }
  return new Map([...groups].filter(([, inside]) => inside.length > 1));
}

/** Whether it has a segment that stands for itself alone. */
const hasLiteral = (glob: string): boolean =>
  glob.split('/').some((segment) => segment !== '' && !segment.includes('*'));

/** As a pattern of a manifest it means itself, with an escaped slash too. */
const isNameable = (path: string): boolean => !path.includes('*') && pathPatternFault(path) === undefined;

/** Not where nothing but wildcards would be left. */
function withoutIds(path: string): string {
  const glob = path
    .split('/')
    .map((segment) => (ID.test(segment) ? '*' : segment))
    .join('/');
  return hasLiteral(glob) ? glob : path;
}
