import { accessSync, constants, realpathSync, type Dirent } from 'node:fs';
import { Breather } from '../../host/together.ts';
import { bringInHistory, type CopyPlaces } from '../git/history.ts';
import type { NeutralGit } from '../git/git.ts';
import { linkStaysInside } from '../paths.ts';
import { listFolder, listRequested, listTracked } from './listing.ts';
import { matchesPattern } from '../apply/project-paths.ts';
import { SecretLook, type FindSecret } from './secrets.ts';
import { Tree } from '../tree.ts';

/** Decides what of a project goes into a bottle, and what stays out and why. */

export interface LeftOut {
  /** Relative to the project; a folder ends with a slash. */
  readonly path: string;
  readonly why: LeftOutReason;
  /** Details for people: the kind of secret, or where the repository is. */
  readonly detail?: string;
  /** git tracks the file, so a commit of the history, which goes into the bottle, may still hold it. */
  readonly isTracked?: true;
}

export type LeftOutReason =
  | 'ignored'
  | 'secret'
  | 'outside symlink'
  | 'socket'
  | 'fifo'
  | 'device'
  | 'link to what is not UTF-8'
  | 'unreadable'
  | 'name is not UTF-8'
  | 'lies too deep'
  | 'history';

/** Decides what goes in, and copies the history of the project's repository and of those nested in it. */
export async function gather(places: CopyPlaces, secrets: SecretWishes): Promise<Gathered> {
  using project = new Tree(places.projectPath);
  const gathered = new Gathered(project, places, secrets);
  await gathered.takeFolder('');
  return gathered;
}

/** How to find secrets, and which of them go in anyway. */
export interface SecretWishes {
  /** Returns which secret a text contains, by the gateway's rules. */
  readonly findSecret: FindSecret;
  /** Path patterns that the manifest names, relative to the project: these files go in, whatever they hold. */
  readonly copyAnyway: readonly string[];
}

function isReadable(located: string | undefined): boolean {
  try {
    accessSync(located ?? '', constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

const isSpecial = (entry: Dirent): boolean =>
  !entry.isFile() && !entry.isDirectory() && !entry.isSymbolicLink();

/** Collects what goes into a copy and what stays out; paths are relative to the project. */
export class Gathered {
  readonly files: string[] = [];
  readonly links: { readonly path: string; readonly target: string }[] = [];
  readonly leftOut: LeftOut[] = [];
  /** Ignored files that `.worktreeinclude` asks for. */
  readonly requested: string[] = [];
  /** Secrets that the manifest lets in. */
  readonly secretsIn: string[] = [];
  readonly #project: Tree;
  readonly #realPath: string;
  readonly #places: CopyPlaces;
  readonly #breather = new Breather();
  readonly #look: SecretLook;
  readonly #copyAnyway: readonly string[];

  constructor(project: Tree, places: CopyPlaces, { findSecret, copyAnyway }: SecretWishes) {
    this.#project = project;
    this.#realPath = realpathSync(project.folder('') ?? places.projectPath);
    this.#places = places;
    this.#look = new SecretLook(findSecret);
    this.#copyAnyway = copyAnyway;
  }

  /**
   * @param prefix a repository's folder, relative to the project, with a slash at its end; empty for the project itself
   */
  async takeFolder(prefix: string): Promise<void> {
    const project = { tree: this.#project, realPath: this.#realPath };
    const { where, refused, excludesPaths } = await bringInHistory(this.#places, project, prefix);
    if (refused !== undefined) this.#leave(`${prefix}.git`, 'history', refused);
    const { paths, ignored } = await listFolder(where, excludesPaths);
    const requested = new Set(prefix === '' ? await listRequested(where) : []);
    for (const path of paths) await this.#take(prefix + path);
    for (const path of requested) if (!paths.includes(path)) await this.#takeRequested(path);
    for (const path of ignored) if (!requested.has(path)) this.#leave(prefix + path, 'ignored');
    this.#leaveSpecialFiles(prefix, paths);
    await this.#markTracked(prefix, where);
  }

  /** A committed secret is in the history, so the report on left-out files must say that. */
  async #markTracked(prefix: string, where: NeutralGit): Promise<void> {
    const isSecretHere = ({ path, why }: LeftOut): boolean => why === 'secret' && path.startsWith(prefix);
    if (!this.leftOut.some(isSecretHere)) return;
    const tracked = new Set((await listTracked(where)).map((path) => prefix + path));
    for (const [index, one] of this.leftOut.entries())
      if (isSecretHere(one) && tracked.has(one.path)) this.leftOut[index] = { ...one, isTracked: true };
  }

  async #takeRequested(path: string): Promise<void> {
    const before = this.files.length;
    await this.#take(path);
    this.requested.push(...this.files.slice(before));
  }

  async #take(path: string): Promise<void> {
    await this.#breather.step();
    if (path.includes('\ufffd')) return this.#leave(path, 'name is not UTF-8');
    const entry = this.#project.entry(path.replace(/\/$/, ''));
    switch (entry?.kind) {
      case undefined: // in the index, but deleted
        return;
      case 'folder': // a nested repository: git lists the content of any other folder
        return await this.#takeNested(path.replace(/\/?$/, '/'));
      case 'special':
        return this.#leave(path, entry.what);
      case 'link':
        if (!linkStaysInside(path, entry.target)) return this.#leave(path, 'outside symlink', entry.target);
        this.links.push({ path, target: entry.target });
        return;
      case 'file':
        return this.#takeFile(path);
    }
  }

  async #takeNested(prefix: string): Promise<void> {
    if (this.#project.entry(`${prefix}.git`) !== undefined) await this.takeFolder(prefix);
  }

  #takeFile(path: string): void {
    if (!isReadable(this.#project.locate(path))) return this.#leave(path, 'unreadable');
    const kind = this.#look.kindOf(this.#project, path);
    const isNamed = kind !== undefined && this.#copyAnyway.some((pattern) => matchesPattern(pattern, path));
    if (isNamed) this.secretsIn.push(path);
    if (kind === undefined || isNamed) this.files.push(path);
    else this.#leave(path, 'secret', kind);
  }

  /** Reports sockets and FIFOs, which git skips silently. */
  #leaveSpecialFiles(prefix: string, paths: readonly string[]): void {
    const folders = new Set(paths.map((path) => path.slice(0, path.lastIndexOf('/') + 1)));
    for (const folder of new Set(['', ...folders])) {
      for (const { name } of this.#project.list((prefix + folder).slice(0, -1)).filter(isSpecial)) {
        const entry = this.#project.entry(prefix + folder + name);
        if (entry?.kind === 'special') this.#leave(prefix + folder + name, entry.what);
      }
    }
  }

  #leave(path: string, why: LeftOutReason, detail?: string): void {
    this.leftOut.push(detail === undefined ? { path, why } : { path, why, detail });
  }
}
