import { appendFileSync, copyFileSync, mkdirSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BottleError } from '../../errors.ts';
import { Breather } from '../../host/together.ts';
import { copyOut } from '../copy/copy-file.ts';
import { configText, settingsForBottle, type Setting } from './git-config.ts';
import { readConfig } from './git.ts';
import { readStart, type HeldFolder, type Repository } from './repository.ts';

/**
 * Brings a repository's history into a bottle. Copies objects, references and index, and writes a new configuration.
 * Hooks, attributes, logs, the stashes' logs and other worktrees stay out.
 */

/** Files of `gitDir` that are copied; `sharedindex.*` belongs to a split index. */
const OWN_FILES = /^(HEAD|index|sharedindex\.[0-9a-f]+)$/;
const COMMON_FILES = /^(packed-refs|shallow)$/;
/** References before objects: an object written meanwhile does no harm, a reference without its object would. */
const COMMON_FOLDERS = ['refs', 'reftable', 'objects'];
/** Temporary files that git or a crash leaves behind. */
const UNFINISHED = /^(tmp_.*|.*\.lock|.*\.tmp|incoming-.*)$/;
const EXCLUDES = /^exclude$/;
/** Files that decide which files count. */
const LISTING_FILES = /^(index|sharedindex\.[0-9a-f]+)$/;

/** Makes `target`, which must not exist, a repository with the history of `repository`. */
export async function importRepository(repository: Repository, target: string): Promise<void> {
  const { commonDir, gitDir } = repository;
  const settings = await readConfig(readStart(commonDir, 'config') ?? Buffer.alloc(0));
  makeRepository(target, settings);
  const ofCommon = new Copier(commonDir);
  await ofCommon.files('', target, COMMON_FILES);
  await new Copier(gitDir).files('', target, OWN_FILES);
  await ofCommon.files('info', join(target, 'info'), EXCLUDES);
  for (const folder of COMMON_FOLDERS) await ofCommon.folder(folder, join(target, folder));
}

/**
 * Returns the real path of a repository's `info/exclude` if it lies behind a link. Such a list does not go into the
 * bottle, but it counts: the user's git follows the link.
 * @param commonDirPath the repository's folder, without links
 */
export function linkedExcludes(commonDirPath: string): string | undefined {
  const real = excludesOf(commonDirPath);
  return real === join(commonDirPath, 'info', 'exclude') ? undefined : real;
}

/** Returns the real path of a repository's `info/exclude`; undefined if there is no such file. */
export function excludesOf(commonDirPath: string): string | undefined {
  try {
    const real = realpathSync(join(commonDirPath, 'info', 'exclude'));
    return statSync(real).isFile() ? real : undefined;
  } catch {
    return undefined;
  }
}

/** Records the path of the user's list of ignored names in an empty repository of ours, which no agent sees. */
export function keepExcludesFile(gitDir: string, excludesFile: string | undefined): void {
  appendFileSync(join(gitDir, 'config'), configText([['core.excludesFile', excludesFile ?? '']]));
}

/**
 * Copies a repository's `info/exclude`, and its index if `withIndex`, into an empty repository of ours, which no agent
 * sees. That repository then answers what is ignored and tracked.
 */
export async function copyListingFiles(
  repository: Repository,
  target: string,
  { withIndex }: { readonly withIndex: boolean },
): Promise<void> {
  const { commonDir, gitDir } = repository;
  await new Copier(commonDir).files('info', join(target, 'info'), EXCLUDES);
  const linked = linkedExcludes(commonDir.realPath);
  if (linked !== undefined) copyFileSync(linked, join(target, 'info', 'exclude'));
  if (withIndex) await new Copier(gitDir).files('', target, LISTING_FILES);
}

/** Makes an empty repository with those of the settings that may go into a bottle. */
export function makeRepository(target: string, settings: readonly Setting[] = []): void {
  for (const folder of ['objects', 'refs', 'info']) mkdirSync(join(target, folder), { recursive: true });
  writeFileSync(join(target, 'config'), configText(settingsForBottle(settings)));
  writeFileSync(join(target, 'HEAD'), 'ref: refs/heads/main\n');
}

/** Copies regular files out of a repository. Skips symlinks, which could lead anywhere. */
class Copier {
  readonly #breather = new Breather();
  readonly #source: HeldFolder;

  constructor(source: HeldFolder) {
    this.#source = source;
  }

  /** Copies the files of a folder (`''`: the top) whose names match. */
  async files(folder: string, target: string, names: RegExp): Promise<void> {
    for (const { name } of this.#source.tree.list(folder))
      if (names.test(name)) await this.#file(join(folder, name), join(target, name));
  }

  /** Copies all files below a folder. */
  async folder(folder: string, target: string): Promise<void> {
    for (const entry of this.#source.tree.list(folder)) {
      const [from, to] = [`${folder}/${entry.name}`, join(target, entry.name)];
      if (UNFINISHED.test(entry.name)) continue;
      if (!entry.isDirectory()) await this.#file(from, to);
      else {
        mkdirSync(to, { recursive: true });
        await this.folder(from, to);
      }
    }
  }

  async #file(path: string, target: string): Promise<void> {
    await this.#breather.step();
    try {
      await copyOut(this.#source.tree, path, [target]);
    } catch (error) {
      throw new BottleError('usage', `${join(this.#source.realPath, path)} could not be copied`, {
        details: ['another git command may be working in this repository'],
        fix: 'start again when it is done',
        cause: error,
      });
    }
  }
}
