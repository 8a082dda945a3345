/** Decides which names and links an agent's work may bring to the host. Pure. */

/** Characters that HFS+ ignores in comparisons and that are invisible elsewhere: `.g\u200cit` is `.git` on a Mac. */
const IGNORABLE = /\p{Default_Ignorable_Code_Point}/gu;
const CONTROL = /\p{Cc}/u;

/**
 * Unicode's full case folding: `ſ` becomes `s`, `ß` and `ẞ` become `ss`, the dotless i stays apart from `i`, and the
 * final sigma becomes `σ`.
 */
const folded = (text: string): string =>
  text
    .replaceAll(/[^\u0131]+/gu, (part) => part.toUpperCase())
    .toLowerCase()
    .replaceAll('\u00df', 'ss')
    .replaceAll('\u03c2', '\u03c3');

/**
 * Returns a name as a lenient file system (APFS, HFS+, ext4 with casefold) compares it: without case, with marks
 * decomposed, and without the characters that HFS+ ignores.
 */
export const comparable = (name: string): string =>
  folded(name.replaceAll(IGNORABLE, '').normalize('NFD')).normalize('NFD');

/**
 * Whether a file system may take this name for `.git`: because of case, HFS+ ignorable characters or, on NTFS, trailing
 * dots and spaces, streams (`.git::$INDEX_ALLOCATION`) and short names (`GIT~1`). See `is_hfs_dotgit` and
 * `is_ntfs_dotgit` in git.
 */
export function meansDotGit(component: string): boolean {
  const name = comparable(component)
    .replace(/:.*$/s, '')
    .replace(/[. ]+$/, '');
  return name === '.git' || /^git~\d+$/.test(name);
}

/** Returns why a path of the workspace must not be written on the host, or undefined if it may be. */
export function unsafePath(path: string): string | undefined {
  if (path.startsWith('/') || path === '') return 'is not relative';
  if (path.includes('\ufffd')) return 'has a name that is not UTF-8';
  if (CONTROL.test(path)) return 'has a control character in its name';
  for (const component of path.split(/[/\\]/)) {
    if (component === '..' || component === '.' || component === '') return 'is not a plain path';
    if (meansDotGit(component)) return 'is in .git, or may be taken for it';
    if (component.startsWith(STAGING_PREFIX)) return 'has a name that apply uses itself';
  }
  return undefined;
}

/** Start of the name of the folder in which `apply` collects files before it moves them into place. */
export const STAGING_PREFIX = '.bot-bottle-apply-';

/**
 * Whether a link stays inside the workspace, wherever other links lead. `..` may stand only at the beginning, where the
 * folders are real, and may not lead above the top. A link into `.git` counts as leading outside.
 */
export function linkStaysInside(path: string, target: string): boolean {
  const components = target.split('/').filter((component) => component !== '' && component !== '.');
  const up = components.findIndex((component) => component !== '..');
  const names = up < 0 ? [] : components.slice(up);
  const levels = components.length - names.length;
  return (
    !target.startsWith('/') &&
    levels <= path.split('/').length - 1 &&
    !names.some((name) => name === '..' || meansDotGit(name))
  );
}

/** Returns the folders that contain a path, topmost first, without the top itself. */
export function foldersOf(path: string): readonly string[] {
  const folders: string[] = [];
  for (let end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1))
    folders.push(path.slice(0, end));
  return folders;
}

/**
 * Returns the folders that contain any of the paths, without the top, each with the first path in it. Climbs from each
 * path only to the first known folder: an agent can create any number of files, as deep as a path can be long.
 */
export function foldersOfAll(paths: Iterable<string>): ReadonlyMap<string, string> {
  const folders = new Map<string, string>();
  for (const path of paths) {
    for (let end = path.lastIndexOf('/'); end >= 0; end = end === 0 ? -1 : path.lastIndexOf('/', end - 1)) {
      const folder = path.slice(0, end);
      if (folders.has(folder)) break;
      folders.set(folder, path);
    }
  }
  return folders;
}
