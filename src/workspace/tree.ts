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
 * A folder in which somebody else may be changing things while we work. Every path is walked one component at a time,
 * each folder is held open, and no symlink is ever followed: what is swapped in behind our back leads nowhere.
 * How: src/host/disk/open-folder.ts.
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

/** Such a folder. To be disposed of: it keeps folders open. */
export class Tree {
  /** The folders from the top to the one used last. */
  readonly #chain: NamedFolder[];

  /**
   * @param rootPath a folder; the path to it is trusted
   * @param flags more of open(2)
   */
  constructor(rootPath: string, flags = 0) {
    this.#chain = [{ name: '', ...openFolder(rootPath, flags) }];
  }

  /**
   * A folder by its real path from the root, where links above it are not trusted either: undefined where a part of the
   * path is missing, is a link, or may not be passed through.
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

  /** The same folder, or one below it (`''`: the top), as a tree of its own; undefined where there is no such folder. */
  subtree(path: string): Tree | undefined {
    const folder = this.folder(path);
    return folder === undefined ? undefined : new Tree(folder);
  }

  [Symbol.dispose](): void {
    for (const folder of this.#chain.splice(0)) closeSync(folder.fd);
  }

  /** A path that means the top, for as long as the tree is in use. */
  get path(): string {
    return this.#chain[0]?.path ?? '';
  }

  /**
   * A path for system calls that do not follow a last symlink. It holds until the next call on this tree.
   * Undefined where a parent is missing, or is anything but a folder.
   */
  locate(path: string): string | undefined {
    const components = path.split('/');
    const name = components.pop() ?? '';
    const parent = isPlain(name) ? this.#descend(components) : undefined;
    return parent === undefined ? undefined : `${parent.path}/${name}`;
  }

  /** What is there, or undefined. */
  entry(path: string): Entry | undefined {
    try {
      const located = this.locate(path);
      return located === undefined ? undefined : entryAt(located);
    } catch (error) {
      if (isTooDeep(error)) return { kind: 'special', what: 'lies too deep' };
      throw error;
    }
  }

  /** Opens a regular file for reading, or gives undefined where there is none. The caller closes it. */
  openFile(path: string): number | undefined {
    const located = this.locate(path);
    if (located === undefined) return undefined;
    // Not to wait for a writer, should it be a FIFO.
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const fd = ifThere(path, () => openSync(located, flags));
    if (fd === undefined || fstatSync(fd).isFile()) return fd;
    closeSync(fd);
    return undefined;
  }

  /** A path that means this very folder (`''`: the top), until the next call on this tree; undefined where there is none. */
  folder(path: string): string | undefined {
    return this.#descend(path === '' ? [] : path.split('/'))?.path;
  }

  /** What is in a folder (`''`: the top); nothing where there is no such folder. */
  list(path: string): Dirent[] {
    const folder = this.folder(path);
    if (folder === undefined) return [];
    return ifThere(path, () => readdirSync(folder, { withFileTypes: true })) ?? [];
  }

  /**
   * What is in a folder, one at a time, whatever is done with this tree meanwhile: an agent can make more files than there
   * is memory for a list of them.
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

  /** How many of these components are open already. */
  #sharedWith(components: readonly string[]): number {
    let shared = 0;
    while (shared < components.length && this.#chain[shared + 1]?.name === components[shared]) shared += 1;
    return shared;
  }
}

/** A name of something in a folder, not a way out of it. */
const isPlain = (name: string): boolean => name !== '' && name !== '.' && name !== '..';

/** What is at a path, its last symlink not followed; undefined where there is nothing. */
export function entryAt(path: string): Entry | undefined {
  const stats = ifThere(basename(path), () => lstatSync(path, { throwIfNoEntry: false }));
  if (stats === undefined) return undefined;
  if (stats.isFile()) return fileEntry(stats);
  if (stats.isDirectory()) return { kind: 'folder' };
  if (!stats.isSymbolicLink())
    return { kind: 'special', what: stats.isSocket() ? 'socket' : stats.isFIFO() ? 'fifo' : 'device' };
  const target = ifThere(basename(path), () => readlinkSync(path, 'buffer'));
  if (target === undefined) return undefined;
  // As text it would be another one, and not the same as itself.
  if (!isUtf8(target)) return { kind: 'special', what: 'link to what is not UTF-8' };
  return { kind: 'link', target: target.toString() };
}

const OWNER_EXECUTES = 0o100;

/** As git sees a file: its size, and whether it can be executed. */
export function fileEntry(stats: Stats): Entry & { kind: 'file' } {
  return { kind: 'file', size: stats.size, executable: (stats.mode & OWNER_EXECUTES) !== 0 };
}

function openChild(parent: OpenFolder, name: string, flags = 0): NamedFolder | undefined {
  const path = `${parent.path}/${name}`;
  return ifThere(name, () => ({ name, ...openFolder(path, constants.O_NOFOLLOW | flags) }));
}

/** Whether permissions are in the way. */
const isClosed = (error: unknown): boolean =>
  errnoOf(error) === 'EACCES' || (error instanceof BottleError && errnoOf(error.cause) === 'EACCES');

/**
 * Missing, in the way, a symlink, a socket, or no symlink any more. On macOS a socket is EOPNOTSUPP (open(2)), for which Node has no name,
 * and a name that is not UTF-8 EILSEQ.
 */
const NOT_THERE: ReadonlySet<string> = new Set(
  'ENOENT ENOTDIR ELOOP ENXIO EINVAL EOPNOTSUPP ENOTSUP EILSEQ'
    .split(' ')
    .concat('Unknown system error -102'),
);

/** Paths of this host may be as long as its PATH_MAX: where folders are not held open, what lies deeper is out of reach. */
const UNREADABLE: Readonly<Record<string, { readonly why: string; readonly fix: string }>> = {
  EACCES: { why: 'permission denied', fix: 'give it back its permissions: chmod u+rwX' },
  ENAMETOOLONG: {
    why: 'it lies deeper than a path may be long here',
    fix: 'move it further up, or remove it',
  },
};

/** Whether a path was longer than this host takes: PATH_MAX, which is 1,024 on macOS. */
export const isTooDeep = (error: unknown): boolean =>
  error instanceof BottleError && errnoOf(error.cause) === 'ENAMETOOLONG';

/** What cannot be read is not the same as what is not there: taken for deleted, it would be deleted elsewhere. */
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
