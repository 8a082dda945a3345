import { canonicalPath } from '../../gateway/policy/paths/paths.ts';
import { unclear } from '../../gateway/policy/reasons.ts';
import { pathPatternFault } from '../../manifest/schema/text-faults.ts';

/** Turns requested paths into globs for a rule: as narrow as is still readable. */

/** Above this number, globs with a common folder are merged. */
const MOST_GLOBS = 5;
/**
 * Maximum number of globs without a common folder. Above it no rule is suggested: an agent could request many paths to
 * get a rule for all.
 */
const MOST_APART = 10;

/** Maximum depth of folders to tell apart: the agent chooses the paths, which can be deep. */
const MOST_LEVELS = 16;

/** A path segment that identifies one of many similar things: a number, a UUID, a digest. */
const ID = /^(?:\d+|[0-9a-f]{7,64}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;

/** Why no glob can match this target; undefined if one can. */
export function whyUnnameable(target: string): string | undefined {
  const judged = canonicalPath(target);
  if ('refused' in judged) return unclear.path(judged.refused);
  return isNameable(judged.path) ? undefined : 'no path of a rule can name what was asked for';
}

/**
 * Globs that match all of these request targets, under their narrowest common folders; undefined if there would be too
 * many, or if no glob can match one of the paths. No glob matches a whole host: each has a literal segment.
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

/**
 * Merges globs of one folder, deepest folders first and, at one depth, the fullest first, until they are few enough.
 */
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

/** The globs of each folder at this depth that has more than one; includes the folder's own path. */
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

/** Whether the glob has a segment without a wildcard. */
const hasLiteral = (glob: string): boolean =>
  glob.split('/').some((segment) => segment !== '' && !segment.includes('*'));

/** Whether the path, as a pattern of a manifest, matches only itself, including with an escaped slash. */
const isNameable = (path: string): boolean => !path.includes('*') && pathPatternFault(path) === undefined;

/** Replaces ids with wildcards, unless only wildcards would remain. */
function withoutIds(path: string): string {
  const glob = path
    .split('/')
    .map((segment) => (ID.test(segment) ? '*' : segment))
    .join('/');
  return hasLiteral(glob) ? glob : path;
}
