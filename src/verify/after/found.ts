import { lstatSync, readdirSync, readFileSync, readlinkSync, type Stats } from 'node:fs';
import { dirname, isAbsolute, join, relative } from 'node:path';
import { meansDotGit } from '../../workspace/paths.ts';

/** An entry of a folder of the host. Links are never followed. */

export interface ProjectEntry {
  /** Relative to the folder. */
  readonly path: string;
  readonly kind: 'file' | 'link' | 'folder' | 'special';
  readonly mode: number;
  readonly names: number;
  /** The content of a small file, or the target of a link. */
  readonly text: string;
}

const MOST_READ_BYTES = 64 * 1024;

/** Returns everything below a folder except its repository. Entries that cannot be inspected are `special`. */
export const findAll = (root: string): ProjectEntry[] => allOf(root, '', readdirSync(root));

function allOf(root: string, folder: string, names: readonly string[]): ProjectEntry[] {
  return names.flatMap((name) => {
    const path = join(folder, name);
    if (path === '.git') return [];
    const found = orSpecial(path, () => foundAt(root, path));
    if (found.kind !== 'folder') return [found];
    const below = namesIn(join(root, path));
    return below === undefined ? [{ ...found, kind: 'special' }] : [found, ...allOf(root, path, below)];
  });
}

function namesIn(folder: string): string[] | undefined {
  try {
    return readdirSync(folder);
  } catch {
    return undefined; // no permission, removed, or deeper than PATH_MAX
  }
}

function orSpecial(path: string, look: () => ProjectEntry | undefined): ProjectEntry {
  // A name that is not valid UTF-8 does not survive decoding, so the path no longer exists.
  const special: ProjectEntry = { path, kind: 'special', mode: 0, names: 1, text: '' };
  try {
    return look() ?? special;
  } catch {
    return special; // no permission, or deeper than PATH_MAX
  }
}

function foundAt(root: string, path: string): ProjectEntry | undefined {
  const whole = join(root, path);
  const stats = lstatSync(whole, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  const kind = kindOf(stats);
  const text = kind === 'link' ? readlinkSync(whole) : kind === 'file' ? textOf(whole, stats) : '';
  return { path, kind, mode: stats.mode & 0o7777, names: stats.nlink, text };
}

function kindOf(stats: Stats): ProjectEntry['kind'] {
  if (stats.isSymbolicLink()) return 'link';
  if (stats.isDirectory()) return 'folder';
  return stats.isFile() ? 'file' : 'special';
}

const textOf = (path: string, { size }: Stats): string =>
  size > MOST_READ_BYTES ? '' : readFileSync(path, 'utf8');

// oxlint-disable-next-line no-control-regex -- control characters are what this is about
const NO_PLAIN_NAME = /[\u0000-\u001F\u007F-\u009F\\\uFFFD]/u;

/**
 * Returns why an agent's work must not bring this entry into a project; undefined for plain files, folders, and links
 * that stay inside. Pure.
 */
export function oddityOf({ path, kind, mode, names, text }: ProjectEntry): string | undefined {
  if (NO_PLAIN_NAME.test(path)) return 'has a name that is no plain text';
  if (kind === 'special') return 'is no file';
  if (kind === 'link') return leadsOut(path, text) ? `leads to ${text}` : undefined;
  if ((mode & 0o7000) !== 0) return `has mode ${mode.toString(8)}`;
  return kind === 'file' && names > 1 ? 'has another name' : undefined;
}

/**
 * Checks the link's text alone; other links on its path are reported separately. A `..` after a name may follow a link.
 */
function leadsOut(path: string, target: string): boolean {
  const reached = relative('/root', join('/root', dirname(path), target));
  const components = target.split('/');
  const firstName = components.findIndex((name) => !['', '.', '..'].includes(name));
  return (
    isAbsolute(target) ||
    reached.startsWith('..') ||
    components.some(meansDotGit) ||
    (firstName >= 0 && components.lastIndexOf('..') > firstName)
  );
}
