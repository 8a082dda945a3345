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

/** The description of a staged file. */
export interface NewFile {
  /** A file that nobody else can change, with the content. */
  readonly contentPath: string;
  /** Returns the permissions, from those of a new file under the umask. */
  readonly modeFrom: (newFileMode: number) => number;
}

/**
 * A folder of ours in a project, for files, links and folders that are then moved into place, each in one step. Others
 * who may write to the project can replace this folder at any time, even with one full of links. So bot-bottle holds it
 * open, writes files by their descriptor, and uses no path that leads through the folder's name.
 */
export class Staging {
  readonly #parent: Tree;
  readonly #name: string;
  readonly #tree: Tree;
  /** Root works for another user here: new files in a user's project belong to that user. */
  readonly #owner: { readonly uid: number; readonly gid: number } | undefined;
  /** Whether only root can replace the folder's entries. */
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
   * Makes the folder. First removes what has its name.
   * @param parent the folder to make it in
   * @returns undefined if somebody replaced it with something that is not a folder
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

  /** Returns the path of a staged entry, for system calls that do not follow a final link. */
  path(name: string): string {
    return `${this.#tree.path}/${name}`;
  }

  addFile(name: string, { contentPath, modeFrom }: NewFile): void {
    const path = this.path(name);
    const fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o777); // the umask applies
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

  /** Moves an entry into place. @throws Error with the errno of rename(2) */
  move(name: string, targetPath: string): void {
    renameSync(this.path(name), targetPath);
  }

  /** Root changes an owner by path only if nobody else can have replaced the entry. */
  #giveAway(name: string): void {
    if (this.#owner !== undefined && this.#isRootsAlone)
      lchownSync(this.path(name), this.#owner.uid, this.#owner.gid);
  }
}

const PERMISSIONS = 0o777;
const FOR_OTHERS = 0o077;
