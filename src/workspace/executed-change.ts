import { closeSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { filesBelow } from './changes.ts';
import { changesPackageScripts, hostExecutes, hostFollows } from './host-executed.ts';
import { ignoresLess } from './ignored-change.ts';
import { followedPaths, type Link } from './linked-targets.ts';
import { comparable } from './paths.ts';
import type { StagedChange } from './stage.ts';
import type { Entry, Tree } from './tree.ts';

/**
 * Why a program of the host would run, or obey, what a change writes or takes away; undefined where none would. What goes away may have
 * kept something from running: `ignore-scripts` of an .npmrc, what agents are denied.
 * @param byPlace why the user's own git, or the next start of a bottle, runs or obeys what is at a path
 * @param changes all of them: with links among them, the project's files can come to be run too
 */
export function executedRule(
  base: Tree,
  changes: readonly StagedChange[],
  byPlace: (path: string) => string | undefined,
): (change: StagedChange) => string | undefined {
  const whyOfLink = (path: string): string | undefined =>
    byPlace(path) ?? (isPackageJson(path) ? SCRIPTS : hostFollows(path));
  const followed = followedPaths([...linksOf(base), ...changes.flatMap(linkIn)], whyOfLink);
  return (change) => followed(change.path) ?? byPlace(change.path) ?? whyOf(change, base);
}

const whyOf = (change: StagedChange, base: Tree): string | undefined =>
  whyByContent(change, base) ?? hostExecutes(change.path, change.after?.kind === 'link');

/** Of files that are obeyed only in part. */
function whyByContent(change: StagedChange, base: Tree): string | undefined {
  if (isPackageJson(change.path)) return packageScripts(change, base);
  return isNamed(change.path, '.gitignore') ? lessIgnored(change, base) : undefined;
}

const isNamed = (path: string, name: string): boolean => comparable(basename(path)) === name;
const isPackageJson = (path: string): boolean => isNamed(path, 'package.json');

function linksOf(base: Tree): Link[] {
  return [...filesBelow(base, '')].flatMap((path) => linkAt(path, base.entry(path)));
}

const linkIn = ({ path, after }: StagedChange): Link[] => linkAt(path, after);

const linkAt = (path: string, entry: Entry | undefined): Link[] =>
  entry?.kind === 'link' ? [{ path, target: entry.target }] : [];

const SCRIPTS = 'npm runs its scripts';
/** Nobody writes a package.json of that size, or a .gitignore; and git passes one over that is far larger. */
const MAX_READ_BYTES = 1024 * 1024;

function packageScripts({ path, after, afterPath }: StagedChange, base: Tree): string | undefined {
  // A link: what it leads to can change later.
  if (after?.kind !== 'file' || afterPath === undefined || after.size > MAX_READ_BYTES) return SCRIPTS;
  return changesPackageScripts(readText(base.openFile(path)), readFileSync(afterPath, 'utf8'))
    ? SCRIPTS
    : undefined;
}

/** One that goes away, or becomes a link, which git does not follow, ignores nothing any more. */
function lessIgnored({ path, after, afterPath }: StagedChange, base: Tree): string | undefined {
  const isRead = after?.kind === 'file' && afterPath !== undefined && after.size <= MAX_READ_BYTES;
  const isLess =
    !isRead || ignoresLess(readText(base.openFile(path), 'latin1'), readFileSync(afterPath, 'latin1'));
  return isLess ? 'what it ignored may go into the next bottle' : undefined;
}

function readText(fd: number | undefined, encoding: BufferEncoding = 'utf8'): string | undefined {
  if (fd === undefined) return undefined;
  try {
    return readFileSync(fd, encoding);
  } finally {
    closeSync(fd);
  }
}
