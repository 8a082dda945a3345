import { canonicalPath } from '../../gateway/policy/paths.ts';
import { unclear } from '../../gateway/policy/reasons.ts';
import { pathPatternFault } from '../../manifest/schema/text-faults.ts';

/** From the paths that were asked for to globs for a rule: as narrow as can still be read. */

/** More than these are put together, and where that is not enough, a rule says nothing about paths. */
const MOST_GLOBS = 5;

/** What names one thing among many of its kind: a number, a UUID, a digest. */
const ID = /^(?:\d+|[0-9a-f]{7,64}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;

/** Why no glob can name what was asked for; undefined where one can. */
export function whyUnnameable(target: string): string | undefined {
  const judged = canonicalPath(target);
  if ('refused' in judged) return unclear.path(judged.refused);
  return isNameable(judged.path) ? undefined : 'no path of a rule can name what was asked for';
}

/**
 * Globs that match all of these request targets; undefined where there would be too many, or where a path is one that no
 * glob can name.
 */
export function globsFor(targets: readonly string[]): readonly string[] | undefined {
  const judged = targets.map((target) => canonicalPath(target));
  const paths = judged.flatMap((one) => ('path' in one && isNameable(one.path) ? [one.path] : []));
  if (paths.length < judged.length || paths.length === 0) return undefined;
  const steps = [paths, paths.map(withoutIds), paths.map(folderOf), paths.map(topOf)];
  return steps.map((globs) => [...new Set(globs)].sort()).find((globs) => globs.length <= MOST_GLOBS);
}

/** As a pattern of a manifest it means itself, with an escaped slash too. */
const isNameable = (path: string): boolean => !path.includes('*') && pathPatternFault(path) === undefined;

const withoutIds = (path: string): string =>
  path
    .split('/')
    .map((segment) => (ID.test(segment) ? '*' : segment))
    .join('/');

const folderOf = (path: string): string => `${withoutIds(path).replace(/\/[^/]*$/, '')}/**`;

const topOf = (path: string): string => {
  const [, top = '', ...below] = path.split('/');
  return below.length === 0 ? path : `/${top}/**`;
};
