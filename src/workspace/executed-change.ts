import { closeSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { filesBelow } from './changes.ts';
import { changesPackageScripts, hostExecutes } from './host-executed.ts';
import { followedPaths, type Link } from './linked-targets.ts';
import { comparable } from './paths.ts';
import type { StagedChange } from './stage.ts';
import type { Entry, Tree } from './tree.ts';

/**
 * Why a program of the host would run, or obey, what a change writes or takes away; undefined where none would. What goes away may have
 * kept something from running: `ignore-scripts` of an .npmrc, what agents are denied.
 * @param byGit why the user's own git runs what is at a path
 * @param changes all of them: with links among them, the project's files can come to be run too
 */
export function executedRule(
  base: Tree,
  changes: readonly StagedChange[],
  byGit: (path: string) => string | undefined,
): (change: StagedChange) => string | undefined {
  const whyOfLink = (path: string): string | undefined =>
    byGit(path) ?? (isPackageJson(path) ? SCRIPTS : hostExecutes(path, true));
  const followed = followedPaths([...linksOf(base), ...changes.flatMap(linkIn)], whyOfLink);
  return (change) => followed(change.path) ?? byGit(change.path) ?? whyOf(change, base);
}

function whyOf(change: StagedChange, base: Tree): string | undefined {
  if (isPackageJson(change.path)) return packageScripts(change, base);
  return hostExecutes(change.path, change.after?.kind === 'link');
}

const isPackageJson = (path: string): boolean => comparable(basename(path)) === 'package.json';

function linksOf(base: Tree): Link[] {
  return [...filesBelow(base, '')].flatMap((path) => linkAt(path, base.entry(path)));
}

const linkIn = ({ path, after }: StagedChange): Link[] => linkAt(path, after);

const linkAt = (path: string, entry: Entry | undefined): Link[] =>
  entry?.kind === 'link' ? [{ path, target: entry.target }] : [];

const SCRIPTS = 'npm runs its scripts';
const MAX_JSON_BYTES = 1024 * 1024;

function packageScripts({ path, after, afterPath }: StagedChange, base: Tree): string | undefined {
  // A link: what it leads to can change later. And nobody writes a package.json of that size.
  if (after?.kind !== 'file' || afterPath === undefined || after.size > MAX_JSON_BYTES) return SCRIPTS;
  return changesPackageScripts(readText(base.openFile(path)), readFileSync(afterPath, 'utf8'))
    ? SCRIPTS
    : undefined;
}

function readText(fd: number | undefined): string | undefined {
  if (fd === undefined) return undefined;
  try {
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}
