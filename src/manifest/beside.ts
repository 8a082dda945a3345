import { constants } from 'node:fs';
import { lstat, open, realpath, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join, normalize, sep } from 'node:path';
import { BottleError, reasonOf } from '../errors.ts';
import { readUpTo, type ManifestFile } from './text/read.ts';
import { escapeText } from '../ui/terminal/text.ts';

/** Files that a manifest names, such as an agent's instructions. */

const MAX_FILE_BYTES = 1024 * 1024;

/** A file named in a manifest, relative to it. */
export interface FileBeside {
  readonly manifest: ManifestFile;
  readonly relativePath: string;
}

/**
 * The text of the file. A project's manifest gets only what lies in its own folder, whatever symbolic links say:
 * otherwise a repository could have a private key of the user's read to its agent. Nor does it get anything over a link within that
 * folder, which an agent can leave there: it would lead to what is kept out of a bottle, such as an .env or a token in .git/config.
 * @throws BottleError `manifest` when it is not a readable text file there
 */
export async function readBeside({ manifest, relativePath }: FileBeside): Promise<string> {
  const path = join(dirname(manifest.path), relativePath);
  const fail = (reason: string): BottleError =>
    new BottleError('manifest', `${escapeText(relativePath)}, which ${manifest.shownAs} names, ${reason}`);
  let file: FileHandle | undefined;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    if (!(await file.stat()).isFile()) throw fail('is not a file');
    if (manifest.origin === 'project') {
      if (!(await liesIn(dirname(manifest.path), path, file)))
        throw fail('does not lie in the folder of the manifest');
      if (await leadsOverLink(dirname(manifest.path), relativePath))
        throw fail('is a symbolic link, or lies in a folder that is one');
    }
    const bytes = await readUpTo(file, MAX_FILE_BYTES);
    if (bytes === undefined) throw fail(`is larger than ${MAX_FILE_BYTES / 1024} KiB`);
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw error instanceof BottleError ? error : fail(`cannot be read: ${reasonOf(error)}`);
  } finally {
    await file?.close();
  }
}

/** Whether what was opened lies in the folder. Looked at after opening: before, a link could still be swapped. */
async function liesIn(folder: string, path: string, file: FileHandle): Promise<boolean> {
  const [realFolder, real, opened] = await Promise.all([realpath(folder), realpath(path), file.stat()]);
  const found = await stat(real);
  return real.startsWith(realFolder + sep) && found.dev === opened.dev && found.ino === opened.ino;
}

async function leadsOverLink(folder: string, relativePath: string): Promise<boolean> {
  const names = normalize(relativePath).split(sep);
  const steps = names.map((_, index) => join(folder, ...names.slice(0, index + 1)));
  return (await Promise.all(steps.map(async (path) => (await lstat(path)).isSymbolicLink()))).includes(true);
}
