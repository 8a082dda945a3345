import { constants } from 'node:fs';
import { open, realpath, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { BottleError, reasonOf } from '../../errors.ts';
import { readUpTo, type ManifestFile } from './read.ts';
import { escapeText } from '../../ui/terminal/text.ts';

/** Reads files that a manifest names, such as an agent's instructions. */

const MAX_FILE_BYTES = 1024 * 1024;

const NAME_A_TEXT = `name a text file (UTF-8) that you may read, of ${MAX_FILE_BYTES / 1024} KiB at most`;

/** A file that a manifest names, relative to the manifest. */
export interface FileBeside {
  readonly manifest: ManifestFile;
  readonly relativePath: string;
}

/**
 * Returns the text of the file. A project's manifest can name only files in its own folder, even through symbolic
 * links: otherwise a repository could make bot-bottle read the user's private key to its agent. Links inside that
 * folder are refused too, since an agent can leave one there: it could lead to a file that is kept out of a bottle,
 * such as an .env or a token in .git/config.
 * @throws BottleError `manifest`: the file is not a readable text file in that place, or is too large
 */
export async function readBeside({ manifest, relativePath }: FileBeside): Promise<string> {
  const path = join(dirname(manifest.path), relativePath);
  const fail = (reason: string, fix = NAME_A_TEXT): BottleError =>
    new BottleError('manifest', `${escapeText(relativePath)}, which ${manifest.shownAs} names, ${reason}`, {
      fix,
    });
  let file: FileHandle | undefined;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    if (!(await file.stat()).isFile()) throw fail('is not a file');
    if (manifest.origin === 'project') {
      const wrong = PLACE_FAULTS[await placeOf(file, dirname(manifest.path), relativePath)];
      if (wrong !== undefined) throw fail(wrong.reason, wrong.fix);
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

type Place = 'as named' | 'over a link' | 'elsewhere';

const PLACE_FAULTS: Readonly<Partial<Record<Place, { readonly reason: string; readonly fix: string }>>> = {
  elsewhere: {
    reason: 'does not lie in the folder of the manifest',
    fix: 'put a copy of the file there, or name it in a manifest of your own',
  },
  'over a link': {
    reason: 'is a symbolic link, lies in a folder that is one, or is spelt otherwise there',
    fix: 'name the file that it leads to, as it is spelt there, if the agent may read it',
  },
};

/** The location of the open file. Checks it after opening: before, a link could still be swapped. */
async function placeOf(file: FileHandle, folder: string, relativePath: string): Promise<Place> {
  const [realFolder, real, opened] = await Promise.all([
    realpath(folder),
    realpath(join(folder, relativePath)),
    file.stat(),
  ]);
  const found = await stat(real);
  const isOpened = found.dev === opened.dev && found.ino === opened.ino;
  if (!isOpened || !real.startsWith(realFolder + sep)) return 'elsewhere';
  return real === join(realFolder, relativePath) ? 'as named' : 'over a link';
}
