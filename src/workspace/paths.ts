/** Which names and links an agent's work may bring to the host. Pure. */

/** Characters that HFS+ leaves out of comparisons, and that hide in other places: `.g\u200cit` is `.git` on a Mac. */
const IGNORABLE = /\p{Default_Ignorable_Code_Point}/gu;
const CONTROL = /\p{Cc}/u;

/** As Unicode's full case folding has it, `ſ` is `s`, and `ß` and `ẞ` are `ss`; the dotless i is no `i`, and of sigmas there is one. */
const folded = (text: string): string =>
  text
    .replaceAll(/[^\u0131]+/gu, (part) => part.toUpperCase())
    .toLowerCase()
    .replaceAll('\u00df', 'ss')
    .replaceAll('\u03c2', '\u03c3');

/** A name as a forgiving file system compares it (APFS, HFS+, ext4 with casefold): without case, however its marks are composed, and without what HFS+ ignores. */
export const comparable = (name: string): string =>
  folded(name.replaceAll(IGNORABLE, '').normalize('NFD')).normalize('NFD');

/**
 * Whether a file system may take this name for `.git`: case, HFS+ ignorable characters, and on NTFS trailing dots and
 * spaces, streams (`.git::$INDEX_ALLOCATION`) and short names (`GIT~1`). See git's own `is_hfs_dotgit` and `is_ntfs_dotgit`.
 */
export function meansDotGit(component: string): boolean {
  const name = comparable(component)
    .replace(/:.*$/s, '')
    .replace(/[. ]+$/, '');
  return name === '.git' || /^git~\d+$/.test(name);
}

/** Why a path of the workspace may not be written on the host, or undefined where it may. */
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

/** How the folder is called in which `apply` puts files together before it moves them into place. */
export const STAGING_PREFIX = '.bot-bottle-apply-';

/**
 * Whether a link stays inside the workspace, wherever other links lead: `..` only at the beginning, where the folders
 * are real ones, and never above the top. A link into `.git` does not stay inside either.
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

/** The folders that a path lies in, but the top: from above. */
export function foldersOf(path: string): readonly string[] {
  const folders: string[] = [];
  for (let end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1))
    folders.push(path.slice(0, end));
  return folders;
}

/**
 * The folders that any of the paths lie in, but the top, each with the first path in it. It climbs from each path only as far as nobody
 * has come yet: an agent can have any number of files lie as deep as a path can be long.
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
