import { closeSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { filesBelow } from '../diff/changes.ts';
import { hostExecutes, hostFollows, mayConfigure, PROGRAM, toolName } from './host-executed.ts';
import { followedPaths, type Link } from '../links/linked-targets.ts';
import { MARKS_OF_PACKAGES } from './plain-names.ts';
import { changesPackageScripts } from './package-json.ts';
import type { StagedChange } from '../diff/stage.ts';
import type { Entry, Tree } from '../tree.ts';

/**
 * Returns a function that explains why a program of the host would run or obey what a change writes or deletes;
 * undefined if none would. A deleted file may have kept something from running: `ignore-scripts` of an .npmrc, an
 * agent's deny list.
 * @param byPlace returns why the user's git, or the next start of a bottle, runs or obeys a path
 * @param changes all changes: a new link among them can make the project's files run too
 */
export function executedRule(
  base: Tree,
  changes: readonly StagedChange[],
  byPlace: (path: string) => string | undefined,
): (change: StagedChange) => string | undefined {
  const links = [...changes.flatMap(linkIn), ...linksOf(base)];
  const packages = new Set(['']);
  for (const path of filesBelow(base, '')) addPackage(packages, path);
  for (const { path } of changes) addPackage(packages, path);
  const isPackage = (folder: string): boolean => packages.has(folder);
  const followed = followedPaths(
    links,
    (path) => byPlace(path) ?? (isPackageJson(path) ? SCRIPTS : hostFollows(path, isPackage)),
  );
  return (change) =>
    followed(change.path) ??
    byPlace(change.path) ??
    whyByContent(change, base) ??
    whyByName(change, isPackage);
}

/**
 * A deletion removes something that could run, so it is checked only for files that tools load by name, not for
 * executables.
 */
function whyByName(
  { path, after }: StagedChange,
  isPackage: (folder: string) => boolean,
): string | undefined {
  const isLink = after?.kind === 'link';
  return (
    hostExecutes(path, isLink) ??
    (after?.kind === 'file' && after.executable ? PROGRAM : undefined) ??
    mayConfigure(path, { isLink, isPackage })
  );
}

/** Adds the folder of a file that makes it a package, in the form of `toolName`. */
function addPackage(packages: Set<string>, path: string): void {
  const name = toolName(path);
  if (MARKS_OF_PACKAGES.has(basename(name))) packages.add(name.slice(0, Math.max(0, name.lastIndexOf('/'))));
}

/** For files that tools obey only in part. */
function whyByContent(change: StagedChange, base: Tree): string | undefined {
  if (isPackageJson(change.path)) return packageScripts(change, base);
  return isNamed(change.path, '.gitignore') ? lessIgnored(change, base) : undefined;
}

const isNamed = (path: string, name: string): boolean => toolName(basename(path)) === name;
const isPackageJson = (path: string): boolean => isNamed(path, 'package.json');

/** Returns the links that the project had when the bottle started, or after the last apply. */
export function linksOf(base: Tree): readonly Link[] {
  return [...filesBelow(base, '')].flatMap((path) => linkAt(path, base.entry(path)));
}

/** Returns the link that a change makes, if it makes one. */
export const linkIn = ({ path, after }: StagedChange): Link[] => linkAt(path, after);

const linkAt = (path: string, entry: Entry | undefined): Link[] =>
  entry?.kind === 'link' ? [{ path, target: entry.target }] : [];

const SCRIPTS = 'npm runs its scripts';
/** Far above the size of a package.json or .gitignore; git also skips a .gitignore that is much larger. */
const MAX_READ_BYTES = 1024 * 1024;

function packageScripts({ path, after, afterPath }: StagedChange, base: Tree): string | undefined {
  // A link: its target's content can change later.
  if (after?.kind !== 'file' || afterPath === undefined || after.size > MAX_READ_BYTES) return SCRIPTS;
  return changesPackageScripts(readText(base.openFile(path)), readFileSync(afterPath, 'utf8'))
    ? SCRIPTS
    : undefined;
}

/** A .gitignore that is deleted, or becomes a link, which git does not follow, no longer ignores anything. */
function lessIgnored({ path, after, afterPath }: StagedChange, base: Tree): string | undefined {
  const isRead = after?.kind === 'file' && afterPath !== undefined && after.size <= MAX_READ_BYTES;
  const isLess =
    !isRead || ignoresLess(readText(base.openFile(path), 'latin1'), readFileSync(afterPath, 'latin1'));
  return isLess ? 'files that it ignored may go into the next bottle' : undefined;
}

function readText(fd: number | undefined, encoding: BufferEncoding = 'utf8'): string | undefined {
  if (fd === undefined) return undefined;
  try {
    return readFileSync(fd, encoding);
  } finally {
    closeSync(fd);
  }
}

/**
 * Whether a changed `.gitignore` may ignore less than before. Ignored files stay out of the next bottle, so an agent
 * that removes a line would get what the line kept from it. Pure.
 *
 * Added lines ignore more, unless they begin with `!`: gitignore(5), "the last matching pattern decides". So nothing is
 * lost if all old lines are still there, in their order. A line with other blanks at its end counts as another line.
 * @param before read as latin1, like `after`: two lines that are not UTF-8 must not become equal; undefined if git read
 * no file
 */
export function ignoresLess(before: string | undefined, after: string): boolean {
  const [old, now] = [patternsIn(before ?? ''), patternsIn(after)];
  let kept = 0;
  for (const pattern of now) {
    if (pattern === old[kept]) kept += 1;
    else if (pattern.startsWith('!')) return true;
  }
  return kept < old.length;
}

/** UTF-8's byte order mark, as latin1: git skips it at the beginning of a file, and nowhere else. */
const BYTE_ORDER_MARK = /^\u00ef\u00bb\u00bf/;
/**
 * These lines keep an otherwise empty folder. They bring in the file of that name. They would also bring in a folder of
 * that name with its content, if somebody hides something in one.
 */
const KEEPS_FOLDER = ['!.gitignore', '!.gitkeep', '!.keep'];

/**
 * Reads lines as git does: drops one carriage return at the end, and skips a line only if it is empty or all blanks.
 */
const patternsIn = (text: string): readonly string[] =>
  text
    .replace(BYTE_ORDER_MARK, '')
    .split('\n')
    .map((line) => line.replace(/\r$/, ''))
    .filter((line) => !line.startsWith('#') && !/^ *$/.test(line) && !KEEPS_FOLDER.includes(line));
