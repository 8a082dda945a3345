import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, realpath, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { geteuid } from 'node:process';
import { BottleError, errnoOf, reasonOf } from '../../errors.ts';
import { shellLine } from '../../host/shell-words.ts';

/** The owner of a manifest: the user (always trusted) or the project (untrusted until the user trusts it). */
export type Origin = 'user' | 'project';

/** A manifest that was read once: bot-bottle shows, hashes, trusts and uses exactly these bytes. */
export interface ManifestFile {
  readonly origin: Origin;
  /** The path as the user would write it. */
  readonly shownAs: string;
  /** Absolute; its folder contains no symbolic links. */
  readonly path: string;
  readonly bytes: Uint8Array;
  /** `sha256:` and the hexadecimal hash of the bytes. */
  readonly digest: string;
}

/** Far larger than any manifest that a user would read before trusting it. */
export const MAX_MANIFEST_BYTES = 128 * 1024;

/**
 * Reads a manifest through one descriptor, so that the file cannot change between check and read. A project's manifest
 * must be a regular file: through a symbolic link, a repository could use a manifest that another project was trusted
 * with. The user's own may be a link (many users keep such files in one place), but no other user may be able to write
 * it.
 * @throws BottleError `manifest`: not a readable regular file of up to `MAX_MANIFEST_BYTES`, or the user's own belongs
 *   to another user or is writable by others
 */
export async function readManifestFile(path: string, origin: Origin, shownAs: string): Promise<ManifestFile> {
  const followed = origin === 'user';
  const opened = await openRegular(path, { followed, shownAs });
  try {
    const fault = origin === 'user' ? ownershipFault(await opened.file.stat(), geteuid?.()) : undefined;
    if (fault !== undefined) {
      const fix = `${fault.mend} ${shellLine([opened.path])}`;
      throw new BottleError('manifest', `${shownAs} ${fault.is}`, { fix });
    }
    const bytes = await readUpTo(opened.file, MAX_MANIFEST_BYTES);
    if (bytes === undefined) {
      throw new BottleError('manifest', `${shownAs} is larger than ${MAX_MANIFEST_BYTES / 1024} KiB`, {
        fix: 'long instructions go into a file beside it: prompt: instructions.md',
      });
    }
    return { origin, shownAs, path: opened.path, bytes, digest: digestOf(bytes) };
  } finally {
    await opened.file.close();
  }
}

/** Returns `sha256:` and the hexadecimal hash. */
export const digestOf = (bytes: Uint8Array): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

async function openRegular(
  path: string,
  options: { followed: boolean; shownAs: string },
): Promise<{ file: FileHandle; path: string }> {
  // O_NONBLOCK: opening a FIFO without a writer would block forever. O_NOCTTY: a terminal does not become the
  // controlling terminal.
  const flags =
    constants.O_RDONLY |
    constants.O_NONBLOCK |
    constants.O_NOCTTY |
    (options.followed ? 0 : constants.O_NOFOLLOW);
  try {
    const real = options.followed
      ? await realpath(path)
      : join(await realpath(dirname(path)), basename(path));
    const file = await open(real, flags);
    const kind = kindOf(await file.stat());
    if (kind === 'file') return { file, path: real };
    await file.close();
    throw new BottleError('manifest', `${options.shownAs} is ${kind}, not a file`, { fix: NAME_ANOTHER });
  } catch (error) {
    throw error instanceof BottleError ? error : unreadable(error, options.shownAs);
  }
}

function kindOf(stats: Awaited<ReturnType<FileHandle['stat']>>): string {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'a folder';
  return stats.isFIFO() ? 'a pipe' : 'a device or a socket';
}

const NAME_ANOTHER = 'name the manifest’s file with --manifest';

const REASONS: Readonly<Record<string, { is: string; fix: string }>> = {
  ENOENT: { is: 'is not there', fix: 'write one with: bot-bottle init' },
  ENOTDIR: { is: 'is not there: a part of its path is a file', fix: NAME_ANOTHER },
  ELOOP: {
    is: 'is a symbolic link; a project’s manifest must be the file itself',
    fix: 'name the file that it points to with --manifest',
  },
  EACCES: { is: 'may not be read by you', fix: 'give yourself the right to read it' },
  ENXIO: { is: 'is a socket, not a file', fix: NAME_ANOTHER },
  ENAMETOOLONG: { is: 'has too long a name', fix: NAME_ANOTHER },
};

function unreadable(error: unknown, shownAs: string): BottleError {
  const code = errnoOf(error) ?? '';
  const reason = REASONS[code];
  if (reason === undefined) {
    return new BottleError('manifest', `${shownAs} cannot be read: ${reasonOf(error)}`, {
      fix: NAME_ANOTHER,
      cause: error,
    });
  }
  const { is, ...more } = reason;
  return new BottleError('manifest', `${shownAs} ${is}`, more);
}

/**
 * Returns why bot-bottle must not trust a file for its path, or undefined. Only the user and root may own it, and only
 * its owner may write it, as ssh requires for its own configuration (ssh_config(5), "strict permissions").
 */
export function ownershipFault(
  { uid, mode }: { readonly uid: number; readonly mode: number },
  userId: number | undefined,
): { readonly is: string; readonly mend: string } | undefined {
  if (uid !== userId && uid !== 0) return { is: 'belongs to another user', mend: 'sudo chown "$USER"' };
  return (mode & 0o022) === 0 ? undefined : { is: 'can be written by others', mend: 'chmod go-w' };
}

/**
 * Reads all bytes of an open file. Returns undefined if there are more than the limit, even if the file grows
 * meanwhile.
 */
export async function readUpTo(file: FileHandle, limitBytes: number): Promise<Uint8Array | undefined> {
  const buffer = Buffer.alloc(limitBytes + 1);
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length, length);
    if (bytesRead === 0) return buffer.subarray(0, length);
    length += bytesRead;
  }
  return undefined;
}
