import { lstatSync, readlinkSync } from 'node:fs';

/**
 * What a sandbox shows of the host's system, read-only: a fixed list of folders of programs. Never /usr as a whole, as people keep
 * projects and home folders below it (/usr/src, /usr/local/home), and with them the state folder and the sockets in it.
 */

/** Tools and libraries for other machines, which Debian's and Arch's cross compilers keep beside /usr/lib. */
const CROSS_FOLDERS = [
  ...['aarch64', 'arm', 'i686', 'riscv64', 'x86_64'].map((machine) => `${machine}-linux-gnu`),
  'arm-linux-gnueabi',
  'arm-linux-gnueabihf',
  'i686-w64-mingw32',
  'x86_64-w64-mingw32',
];

/** By the folder that they lie in. */
const SYSTEM_FOLDERS: Readonly<Record<string, readonly string[]>> = {
  '': words('bin sbin lib lib32 lib64 libx32'),
  '/usr': [
    ...words('bin sbin lib lib32 lib64 libx32 libexec share include games'),
    ...CROSS_FOLDERS, // hier(7), Filesystem Hierarchy Standard 3.0, 4.4
  ],
  '/usr/local': [
    ...words('bin sbin lib lib32 lib64 libexec share include games'), // the same standard, 4.9
    // Where the archives of these projects, and images made of them, are unpacked. No folder of Cargo's: it may hold a token.
    ...words('go julia node nodejs pyenv python swift texlive'),
  ],
};

function words(text: string): readonly string[] {
  return text.split(' ');
}

/** One of them that is on this host. */
export interface SystemEntry {
  readonly path: string;
  /** Where it leads, for a symbolic link, such as /bin on a host with one /usr; undefined for a folder. */
  readonly target: string | undefined;
}

/** Those of them that are on this host, in an order in which they can be mounted. */
export function readSystemEntries(): readonly SystemEntry[] {
  return Object.entries(SYSTEM_FOLDERS).flatMap(([parent, names]) =>
    names.flatMap((name): SystemEntry[] => {
      const path = `${parent}/${name}`;
      const stats = lstatSync(path, { throwIfNoEntry: false });
      if (stats?.isSymbolicLink() === true) return [{ path, target: readlinkSync(path) }];
      return stats?.isDirectory() === true ? [{ path, target: undefined }] : [];
    }),
  );
}

/** bwrap(1): shows them, in a sandbox that has nothing at these places yet. Pure. */
export const systemOptions = (entries: readonly SystemEntry[]): readonly string[] => [
  // Made by themselves: as mere parents of a mount they would be open to root only.
  ...['/usr', '/usr/local'].flatMap((path) => ['--perms', '0755', '--dir', path]),
  ...entries.flatMap(({ path, target }) =>
    target === undefined ? ['--ro-bind', path, path] : ['--symlink', target, path],
  ),
];

/** The paths of those that are folders, not links. Pure. */
export const systemFoldersIn = (entries: readonly SystemEntry[]): readonly string[] =>
  entries.filter(({ target }) => target === undefined).map(({ path }) => path);

/** Whether a path is `folder` or lies in it. Both are absolute, without links and without a slash at the end. Pure. */
export const liesIn = (path: string, folder: string): boolean => `${path}/`.startsWith(`${folder}/`);
