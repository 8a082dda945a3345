import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  opendirSync,
  renameSync,
  rmdirSync,
  unlinkSync,
} from 'node:fs';
import { basename, dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errnoOf } from '../../errors.ts';
import { Breather } from '../together.ts';
import { CAN_HOLD_OPEN, openFolder, PATH_ONLY, type OpenFolder } from './open-folder.ts';
import { run } from '../run.ts';

/**
 * Removes a file or a folder with its content; succeeds if it does not exist. An agent can make trees that are hard to
 * remove: millions of files, folders deeper than PATH_MAX or closed to their owner, names that are not UTF-8. Reads
 * each folder as a stream, holds it open and follows no link, even if another process exchanges folders meanwhile.
 * @param path its parent is trusted
 * @throws Error with the errno of the failed call
 */
export async function removeTree(path: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await removeOnce(path);
      return;
    } catch (error) {
      const errno = errnoOf(error) ?? '';
      if (!CAN_HOLD_OPEN && (await removeByTools(path))) return;
      if (attempt === ATTEMPTS || !PASSING.has(errno)) throw error;
      await sleep(attempt * PAUSE_MS);
    }
  }
}

/** Transient errors: a process still writes there, or a file system is being unmounted. */
const PASSING: ReadonlySet<string> = new Set(['EBUSY', 'EMFILE', 'ENFILE', 'ENOTEMPTY', 'ENOTDIR', 'EEXIST']);
const ATTEMPTS = 4;
const PAUSE_MS = 100;

async function removeOnce(path: string): Promise<void> {
  const parent = { fd: -1, path: dirname(path) };
  await new Removal(parent).remove(Buffer.from(basename(path)));
}

/** Maximum number of nested folders that are open at once; deeper ones are first moved up. */
const MAX_DEPTH = 64;

class Removal {
  readonly #above: OpenFolder;
  readonly #breather = new Breather();
  /** The top folder of the removal, and the folders that are open inside it. */
  readonly #open: OpenFolder[] = [];

  constructor(above: Pick<OpenFolder, 'fd' | 'path'>) {
    this.#above = above;
  }

  async remove(name: Buffer): Promise<void> {
    await this.#breather.step();
    const path = within(this.#open.at(-1) ?? this.#above, name);
    if (isUnlinked(path)) return;
    const top = this.#open[0];
    if (top !== undefined && this.#open.length >= MAX_DEPTH) return moveUp(path, top);
    const folder = openToEmpty(path);
    if (folder === undefined) return;
    this.#open.push(folder);
    try {
      await this.#empty(folder);
    } finally {
      closeSync(folder.fd);
      this.#open.pop();
    }
    ifThere(() => rmdirSync(path));
  }

  /** Repeats until a pass finds nothing: removing or moving names while a folder is read may hide others from it. */
  async #empty(folder: OpenFolder): Promise<void> {
    for (let hasFound = true; hasFound;) {
      hasFound = false;
      for (const name of namesIn(folder)) {
        hasFound = true;
        await this.remove(name);
      }
    }
  }
}

const within = ({ path }: OpenFolder, name: Buffer): Buffer => Buffer.concat([Buffer.from(`${path}/`), name]);

/** Whether the path no longer exists after an unlink; false for a folder: EISDIR on Linux, EPERM in POSIX. */
function isUnlinked(path: Buffer): boolean {
  try {
    unlinkSync(path);
    return true;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT') return true;
    if (errno === 'EISDIR' || (errno === 'EPERM' && !CAN_HOLD_OPEN)) return false;
    throw error;
  }
}

/** Opens a folder and gives its owner all rights on it. Undefined if it no longer exists. */
function openToEmpty(path: Buffer): OpenFolder | undefined {
  return ifThere(() => {
    const folder = openFolder(path, constants.O_NOFOLLOW | PATH_ONLY);
    const { mode } = fstatSync(folder.fd);
    if ((mode & OWNER_MAY_ALL) !== OWNER_MAY_ALL) giveRights(folder.path, mode);
    return folder;
  });
}

const OWNER_MAY_ALL = 0o700;

/** Ignores EPERM: in another user's folder these rights would not help. */
function giveRights(path: string, mode: number): void {
  try {
    chmodSync(path, (mode & 0o777) | OWNER_MAY_ALL);
  } catch (error) {
    if (errnoOf(error) !== 'EPERM') throw error;
  }
}

function moveUp(path: Buffer, top: OpenFolder): void {
  const folder = openToEmpty(path); // moving a folder requires the right to write to it
  if (folder === undefined) return;
  closeSync(folder.fd);
  ifThere(() => renameSync(path, within(top, Buffer.from(randomBytes(12).toString('hex')))));
}

function* namesIn(folder: OpenFolder): Generator<Buffer> {
  const dir = ifThere(() => opendirSync(folder.path, { encoding: BUFFER }));
  if (dir === undefined) return;
  try {
    for (let entry = dir.readSync(); entry !== null; entry = dir.readSync())
      yield Buffer.from(entry.name as unknown as Uint8Array);
  } finally {
    dir.closeSync();
  }
}

/** Reads names as bytes. Node accepts this encoding, but its types do not list it. */
const BUFFER = 'buffer' as BufferEncoding;

function ifThere<Result>(call: () => Result): Result | undefined {
  try {
    return call();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Timeout in milliseconds, enough for a large tree on a slow disk. */
const REMOVAL_TIMEOUT_MS = 300_000;

/**
 * Removes content deeper than PATH_MAX on a host that cannot hold folders open. Neither tool follows a link in the
 * tree: chmod(1), rm(1).
 */
async function removeByTools(path: string): Promise<boolean> {
  const options = { timeoutMs: REMOVAL_TIMEOUT_MS };
  await run('chmod', ['-R', '--', 'u+rwX', path], options);
  return (await run('rm', ['-rf', '--', path], options)).exitCode === 0;
}
