import {
  appendFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { BottleError } from '../errors.ts';
import { Breather, copyTrusted } from './copy-file.ts';
import { configText, settingsForBottle, type Setting } from './git-config.ts';
import { readConfigFile } from './git.ts';
import type { Repository } from './repository.ts';

/**
 * Brings a repository's history into a bottle: objects, references and index are copied, the configuration is written
 * anew, and hooks, attributes, logs, stashes' logs and other worktrees stay out.
 */

/** Files of `gitDir` that come along; `sharedindex.*` belongs to a split index. */
const OWN_FILES = /^(HEAD|index|sharedindex\.[0-9a-f]+)$/;
const COMMON_FILES = /^(packed-refs|shallow)$/;
/** References before objects: an object that is written meanwhile does no harm, a reference without its object would. */
const COMMON_FOLDERS = ['refs', 'reftable', 'objects'];
/** What git or a crash leaves while it works. */
const UNFINISHED = /^(tmp_.*|.*\.lock|.*\.tmp|incoming-.*)$/;
const EXCLUDES = /^exclude$/;
/** What tells which files count. */
const LISTING_FILES = /^(index|sharedindex\.[0-9a-f]+)$/;

/** Makes `target` a repository with this one's history. `target` must not exist. */
export async function importRepository(repository: Repository, target: string): Promise<void> {
  const settings = await readConfigFile(join(repository.commonDir, 'config'));
  makeRepository(target, settings);
  const copier = new Copier();
  await copier.files(repository.commonDir, target, COMMON_FILES);
  await copier.files(repository.gitDir, target, OWN_FILES);
  await copier.files(join(repository.commonDir, 'info'), join(target, 'info'), EXCLUDES);
  for (const folder of COMMON_FOLDERS)
    await copier.folder(join(repository.commonDir, folder), join(target, folder));
}

/** The repository's own list of ignored names, where it is a link, which does not come along: git follows it. */
export function linkedExcludes({ commonDir }: Repository): string | undefined {
  const path = join(commonDir, 'info', 'exclude');
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return undefined;
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true ? realpathSync(path) : undefined;
}

/** Lets an empty repository of ours, which no agent sees, tell of the user's own list of ignored names. */
export function keepExcludesFile(gitDir: string, excludesFile: string | undefined): void {
  appendFileSync(join(gitDir, 'config'), configText([['core.excludesFile', excludesFile ?? '']]));
}

/**
 * Lets an empty repository of ours, which no agent sees, tell what this one tracks, where `withIndex`, and ignores by its own
 * `info/exclude`.
 */
export async function copyListingFiles(
  repository: Repository,
  target: string,
  { withIndex }: { readonly withIndex: boolean },
): Promise<void> {
  const copier = new Copier();
  await copier.files(join(repository.commonDir, 'info'), join(target, 'info'), EXCLUDES);
  const linked = linkedExcludes(repository);
  if (linked !== undefined) await copier.file(linked, join(target, 'info', 'exclude'));
  if (withIndex) await copier.files(repository.gitDir, target, LISTING_FILES);
}

/** An empty repository, with those of the settings that are good for a bottle. */
export function makeRepository(target: string, settings: readonly Setting[] = []): void {
  for (const folder of ['objects', 'refs', 'info']) mkdirSync(join(target, folder), { recursive: true });
  writeFileSync(join(target, 'config'), configText(settingsForBottle(settings)));
  writeFileSync(join(target, 'HEAD'), 'ref: refs/heads/main\n');
}

const namesIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);

/** Copies regular files; a symlink in a repository could lead anywhere, and is left out. */
class Copier {
  readonly #breather = new Breather();

  async files(source: string, target: string, names: RegExp): Promise<void> {
    for (const name of namesIn(source)) {
      if (names.test(name)) await this.file(join(source, name), join(target, name));
    }
  }

  async folder(source: string, target: string): Promise<void> {
    for (const name of namesIn(source)) {
      const [from, to] = [join(source, name), join(target, name)];
      if (UNFINISHED.test(name)) continue;
      if (lstatSync(from, { throwIfNoEntry: false })?.isDirectory() !== true) await this.file(from, to);
      else {
        mkdirSync(to, { recursive: true });
        await this.folder(from, to);
      }
    }
  }

  async file(source: string, target: string): Promise<void> {
    await this.#breather.step();
    const stats = lstatSync(source, { throwIfNoEntry: false });
    if (stats?.isFile() !== true) return;
    try {
      await copyTrusted(source, target, stats.size);
    } catch (error) {
      throw new BottleError('usage', `${source} could not be copied`, {
        details: ['another git command may be working in this repository'],
        fix: 'start again when it is done',
        cause: error,
      });
    }
  }
}
