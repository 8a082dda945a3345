import { isUtf8 } from 'node:buffer';
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  opendirSync,
  openSync,
  readdirSync,
  readlinkSync,
} from 'node:fs';
import type { Dirent, Stats } from 'node:fs';
import { basename } from 'node:path';
import { BottleError, errnoOf } from '../errors.ts';
import { openFolder, PATH_ONLY, type OpenFolder } from '../host/disk/open-folder.ts';
import { escapeText } from '../ui/terminal/text.ts';

/**
 * A folder that others may change while we use it. Walks each path one component at a time, holds each folder open, and
 * follows no symlink, so that a swapped-in symlink leads nowhere. See src/host/disk/open-folder.ts for how, and for the
 * limits of macOS.
 */

interface NamedFolder extends OpenFolder {
  readonly name: string;
}

export type Entry =
  | { readonly kind: 'file'; readonly size: number; readonly executable: boolean }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'folder' }
  | {
      readonly kind: 'special';
      readonly what:
        | 'socket'
        | 'fifo'
        | 'device'
        | 'link to what is not UTF-8'
        | 'name is not UTF-8'
        | 'lies too deep';
    };

/** A folder that others may change. Keeps folders open: dispose of it. */
export class Tree {
  /** The open folders, from the top to the last one used. */
  readonly #chain: NamedFolder[];

  /**
   * @param rootPath a folder; the path to it is trusted
   * @param flags further flags of open(2)
   */
  constructor(rootPath: string, flags = 0) {
    this.#chain = [{ name: '', ...openFolder(rootPath, flags) }];
  }

  /**
   * Opens a folder by its real path from the root, and trusts no link above it either. Returns undefined if a part of
   * the path is missing, is a link, or may not be passed through.
   */
  static at(realPath: string): Tree | undefined {
    const parts = realPath.split('/').filter(isPlain);
    let folder = openFolder('/', PATH_ONLY);
    try {
      for (const name of parts) {
        const child = openChild(folder, name, PATH_ONLY);
        if (child === undefined) return undefined;
        closeSync(folder.fd);
        folder = child;
      }
      return new Tree(folder.path, PATH_ONLY);
    } catch (error) {
      if (isClosed(error)) return undefined;
      throw error;
    } finally {
      closeSync(folder.fd);
    }
  }

  /**
   * Opens the same folder, or one below it (`''`: the top), as a separate tree; undefined if there is no such folder.
   */
  subtree(path: string): Tree | undefined {
    const folder = this.folder(path);
    return folder === undefined ? undefined : new Tree(folder);
  }

  [Symbol.dispose](): void {
    for (const folder of this.#chain.splice(0)) closeSync(folder.fd);
  }

  /** A path to the top, valid while the tree is in use. */
  get path(): string {
    return this.#chain[0]?.path ?? '';
  }

  /**
   * Returns a path for system calls that do not follow a final symlink. It is valid until the next call on this tree.
   * Undefined if a parent is missing or is not a folder.
   */
  locate(path: string): string | undefined {
    const components = path.split('/');
    const name = components.pop() ?? '';
    const parent = isPlain(name) ? this.#descend(components) : undefined;
    return parent === undefined ? undefined : `${parent.path}/${name}`;
  }

  /** Returns what is at a path, or undefined. */
  entry(path: string): Entry | undefined {
    try {
      const located = this.locate(path);
      return located === undefined ? undefined : entryAt(located);
    } catch (error) {
      if (isTooDeep(error)) return { kind: 'special', what: 'lies too deep' };
      throw error;
    }
  }

  /** Opens a regular file for reading. Returns undefined if there is none. The caller closes it. */
  openFile(path: string): number | undefined {
    const located = this.locate(path);
    if (located === undefined) return undefined;
    // O_NONBLOCK: opening a FIFO must not wait for a writer.
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const fd = ifThere(path, () => openSync(located, flags));
    if (fd === undefined || fstatSync(fd).isFile()) return fd;
    closeSync(fd);
    return undefined;
  }

  /**
   * Returns a path to this very folder (`''`: the top), valid until the next call on this tree; undefined if there is
   * no such folder.
   */
  folder(path: string): string | undefined {
    return this.#descend(path === '' ? [] : path.split('/'))?.path;
  }

  /** Lists a folder (`''`: the top); an empty list if there is no such folder. */
  list(path: string): Dirent[] {
    const folder = this.folder(path);
    if (folder === undefined) return [];
    return ifThere(path, () => readdirSync(folder, { withFileTypes: true })) ?? [];
  }

  /**
   * Yields the entries of a folder one at a time; other calls on this tree do not disturb it. An agent can make more
   * files than a list in memory can hold.
   */
  *entries(path: string): Generator<Dirent> {
    using held = this.subtree(path);
    const dir = held === undefined ? undefined : ifThere(path, () => opendirSync(held.path));
    if (dir === undefined) return;
    try {
      for (let entry = dir.readSync(); entry !== null; entry = dir.readSync()) yield entry;
    } finally {
      dir.closeSync();
    }
  }

  #descend(components: readonly string[]): NamedFolder | undefined {
    const shared = this.#sharedWith(components);
    for (const folder of this.#chain.splice(shared + 1)) closeSync(folder.fd);
    for (const name of components.slice(shared)) {
      const parent = this.#chain.at(-1);
      const child = parent === undefined || !isPlain(name) ? undefined : openChild(parent, name);
      if (child === undefined) return undefined;
      this.#chain.push(child);
    }
    return this.#chain.at(-1);
  }

  /** Counts the leading components whose folders are open already. */
  #sharedWith(components: readonly string[]): number {
    let shared = 0;
    while (shared < components.length && this.#chain[shared + 1]?.name === components[shared]) shared += 1;
    return shared;
  }
}

/** Whether a name means an entry of a folder, not a way out of it. */
const isPlain = (name: string): boolean => name !== '' && name !== '.' && name !== '..';

/** Returns what is at a path, without following a final symlink; undefined if nothing is there. */
export function entryAt(path: string): Entry | undefined {
  const stats = ifThere(basename(path), () => lstatSync(path, { throwIfNoEntry: false }));
  if (stats === undefined) return undefined;
  if (stats.isFile()) return fileEntry(stats);
  if (stats.isDirectory()) return { kind: 'folder' };
  if (!stats.isSymbolicLink())
    return { kind: 'special', what: stats.isSocket() ? 'socket' : stats.isFIFO() ? 'fifo' : 'device' };
  const target = ifThere(basename(path), () => readlinkSync(path, 'buffer'));
  if (target === undefined) return undefined;
  // Decoded as text, the target would change and no longer equal itself.
  if (!isUtf8(target)) return { kind: 'special', what: 'link to what is not UTF-8' };
  return { kind: 'link', target: target.toString() };
}

const OWNER_EXECUTES = 0o100;

/** Describes a file as git sees it: its size, and whether its owner may execute it. */
export function fileEntry(stats: Stats): Entry & { kind: 'file' } {
  return { kind: 'file', size: stats.size, executable: (stats.mode & OWNER_EXECUTES) !== 0 };
}

function openChild(parent: OpenFolder, name: string, flags = 0): NamedFolder | undefined {
  const path = `${parent.path}/${name}`;
  return ifThere(name, () => ({ name, ...openFolder(path, constants.O_NOFOLLOW | flags) }));
}

/** Whether permissions block the access. */
const isClosed = (error: unknown): boolean =>
  errnoOf(error) === 'EACCES' || (error instanceof BottleError && errnoOf(error.cause) === 'EACCES');

/**
 * Missing, blocked, a symlink, a socket, or no longer a symlink. On macOS a socket gives EOPNOTSUPP (open(2)), which
 * Node cannot name, and a name that is not UTF-8 gives EILSEQ.
 */
const NOT_THERE: ReadonlySet<string> = new Set(
  'ENOENT ENOTDIR ELOOP ENXIO EINVAL EOPNOTSUPP ENOTSUP EILSEQ'
    .split(' ')
    .concat('Unknown system error -102'),
);

/** Where the host cannot hold folders open, paths longer than PATH_MAX are unreachable. */
const UNREADABLE: Readonly<Record<string, { readonly why: string; readonly fix: string }>> = {
  EACCES: { why: 'permission denied', fix: 'give it back its permissions: chmod u+rwX' },
  ENAMETOOLONG: {
    why: 'it lies deeper than a path may be long here',
    fix: 'move it further up, or remove it',
  },
};

/** Whether a path exceeded the host's PATH_MAX, which is 1,024 on macOS. */
export const isTooDeep = (error: unknown): boolean =>
  error instanceof BottleError && errnoOf(error.cause) === 'ENAMETOOLONG';

/** Separates unreadable from missing: an unreadable file that counted as deleted would be deleted elsewhere. */
function ifThere<Result>(name: string, call: () => Result): Result | undefined {
  try {
    return call();
  } catch (error) {
    const errno = errnoOf(error) ?? '';
    if (NOT_THERE.has(errno)) return undefined;
    const unreadable = UNREADABLE[errno];
    if (unreadable === undefined) throw error;
    const { why, fix } = unreadable;
    throw new BottleError('usage', `${escapeText(name)} cannot be read: ${why}`, { fix, cause: error });
  }
}
