import { lstatSync, readlinkSync } from 'node:fs';

/**
 * The part of the host's system that a sandbox shows read-only: a fixed list of program folders. Never the whole of
 * /usr, because people keep projects and home folders below it (/usr/src, /usr/local/home), and with them the state
 * folder and its sockets.
 */

/** Tools and libraries for other machines: cross compilers of Debian and Arch install them beside /usr/lib. */
const CROSS_FOLDERS = [
  ...['aarch64', 'arm', 'i686', 'riscv64', 'x86_64'].map((machine) => `${machine}-linux-gnu`),
  'arm-linux-gnueabi',
  'arm-linux-gnueabihf',
  'i686-w64-mingw32',
  'x86_64-w64-mingw32',
];

/** System folders, by parent folder. */
const SYSTEM_FOLDERS: Readonly<Record<string, readonly string[]>> = {
  '': words('bin sbin lib lib32 lib64 libx32'),
  '/usr': [
    ...words('bin sbin lib lib32 lib64 libx32 libexec share include games'),
    ...CROSS_FOLDERS, // hier(7), Filesystem Hierarchy Standard 3.0, 4.4
  ],
  '/usr/local': [
    ...words('bin sbin lib lib32 lib64 libexec share include games'), // the same standard, 4.9
    // Where the archives of these projects, and images made of them, are unpacked. No folder of Cargo: it may hold a
    // token.
    ...words('go julia node nodejs pyenv python swift texlive'),
  ],
};

function words(text: string): readonly string[] {
  return text.split(' ');
}

/** A system folder that exists on this host. */
export interface SystemEntry {
  readonly path: string;
  /** Target of a symbolic link, such as /bin on a host with a merged /usr; undefined for a folder. */
  readonly target: string | undefined;
}

/** The system folders that exist on this host, in an order in which they can be mounted. */
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

/** Options of bwrap(1) that show the entries in a sandbox with nothing at these places yet. Pure. */
export const systemOptions = (entries: readonly SystemEntry[]): readonly string[] => [
  // Created explicitly: as implicit parents of a mount, only root could enter them.
  ...['/usr', '/usr/local'].flatMap((path) => ['--perms', '0755', '--dir', path]),
  ...entries.flatMap(({ path, target }) =>
    target === undefined ? ['--ro-bind', path, path] : ['--symlink', target, path],
  ),
];

/** The paths of the entries that are folders, not links. Pure. */
export const systemFoldersIn = (entries: readonly SystemEntry[]): readonly string[] =>
  entries.filter(({ target }) => target === undefined).map(({ path }) => path);

/** Whether a path is `folder` or lies in it. Both must be absolute, without links or a trailing slash. Pure. */
export const liesIn = (path: string, folder: string): boolean => `${path}/`.startsWith(`${folder}/`);
