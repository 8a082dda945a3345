import {
  closeSync,
  constants,
  copyFileSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  lchownSync,
  mkdirSync,
  openSync,
  renameSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { removeTree } from '../../host/files.ts';
import { pathOfOpenFile } from '../../host/disk/open-folder.ts';
import { isRoot } from '../../host/user.ts';
import type { Tree } from '../tree.ts';

/** What a staged file is to be. */
export interface NewFile {
  /** Its content, in a file that nobody else can change. */
  readonly contentPath: string;
  /** Its permissions, from those that a new file has here. */
  readonly modeFrom: (newFileMode: number) => number;
}

/**
 * A folder of our own in a project, in which files, links and folders are put together before each is moved into place in
 * one step. Whoever may write to the project can exchange this folder at any time, for one of links perhaps: it is held
 * open, files in it are written by their descriptor, and nothing is reached by a path that leads through it.
 */
export class Staging {
  readonly #parent: Tree;
  readonly #name: string;
  readonly #tree: Tree;
  /** Root works for somebody else here: in the project of a user, new files are that user's. */
  readonly #owner: { readonly uid: number; readonly gid: number } | undefined;
  /** Nobody but root can exchange what is in it. */
  readonly #isRootsAlone: boolean;

  private constructor(parent: Tree, name: string, tree: Tree) {
    this.#parent = parent;
    this.#name = name;
    this.#tree = tree;
    this.#owner = isRoot() ? statSync(parent.path) : undefined;
    const { uid, mode } = statSync(tree.path);
    this.#isRootsAlone = uid === 0 && (mode & FOR_OTHERS) === 0;
  }

  /**
   * Makes the folder; what is there by its name is removed first.
   * @param parent the folder that it is made in
   * @returns undefined where somebody exchanged it for what is no folder
   */
  static async make(parent: Tree, name: string): Promise<Staging | undefined> {
    await removeTree(`${parent.path}/${name}`);
    mkdirSync(`${parent.path}/${name}`, { mode: 0o700 });
    const tree = parent.subtree(name);
    return tree === undefined ? undefined : new Staging(parent, name, tree);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#tree[Symbol.dispose]();
    await removeTree(`${this.#parent.path}/${this.#name}`);
  }

  /** A path of what is staged by a name, for system calls that do not follow a last link. */
  path(name: string): string {
    return `${this.#tree.path}/${name}`;
  }

  addFile(name: string, { contentPath, modeFrom }: NewFile): void {
    const path = this.path(name);
    const fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o777); // as the umask likes it
    try {
      const mode = modeFrom(fstatSync(fd).mode & PERMISSIONS);
      copyFileSync(contentPath, pathOfOpenFile(fd, path), constants.COPYFILE_FICLONE);
      if (this.#owner !== undefined) fchownSync(fd, this.#owner.uid, this.#owner.gid);
      fchmodSync(fd, mode);
    } finally {
      closeSync(fd);
    }
  }

  addLink(name: string, target: string): void {
    symlinkSync(target, this.path(name));
    this.#giveAway(name);
  }

  addFolder(name: string): void {
    mkdirSync(this.path(name));
    this.#giveAway(name);
  }

  /** Moves something into place. @throws Error with the errno of rename(2) */
  move(name: string, targetPath: string): void {
    renameSync(this.path(name), targetPath);
  }

  /** By a path, root gives away only what nobody can have exchanged. */
  #giveAway(name: string): void {
    if (this.#owner !== undefined && this.#isRootsAlone)
      lchownSync(this.path(name), this.#owner.uid, this.#owner.gid);
  }
}

const PERMISSIONS = 0o777;
const FOR_OTHERS = 0o077;
