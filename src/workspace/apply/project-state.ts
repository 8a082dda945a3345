import { lstatSync, openSync } from 'node:fs';
import type { ApplyFacts, ProjectState } from './apply-plan.ts';
import { sameContent } from '../diff/changes.ts';
import type { StagedChange } from '../diff/stage.ts';
import type { Entry, Tree } from '../tree.ts';

/** Inspects what the project has now at the paths of changes. */
export class ProjectLook {
  readonly #project: Tree;
  readonly #base: Tree;
  /** Paths that the same apply deletes, so they do not block a change. */
  readonly #deleted: ReadonlySet<string>;

  constructor(trees: { readonly project: Tree; readonly base: Tree }, changes: readonly StagedChange[]) {
    this.#project = trees.project;
    this.#base = trees.base;
    this.#deleted = new Set(changes.filter(({ after }) => after === undefined).map(({ path }) => path));
  }

  readonly stateOf: ApplyFacts['stateOf'] = (change): ProjectState => {
    const blocked = this.#parentInTheWay(change.path);
    if (blocked !== undefined) return { kind: 'conflict', why: blocked };
    const now = this.#project.entry(change.path);
    if (this.#isAfter(change, now)) return { kind: 'asAfter' };
    if (now?.kind === 'folder' && change.after !== undefined) return this.#folderInTheWay(change.path);
    if (this.#isBefore(change, now)) return { kind: 'asBefore' };
    return { kind: 'conflict', why: whyConflict(change, now) };
  };

  readonly isSame: ApplyFacts['isSame'] = (leftOut, spelling): boolean | undefined => {
    try {
      const there = identityOf(this.#project.locate(leftOut));
      return there === undefined ? undefined : there === identityOf(this.#project.locate(spelling));
    } catch {
      return undefined; // the path cannot be read
    }
  };

  #isAfter({ path, after, afterPath }: StagedChange, now: Entry | undefined): boolean {
    if (!sameEntry(after, now)) return false;
    return afterPath === undefined || sameContent(openSync(afterPath, 'r'), this.#project.openFile(path));
  }

  #isBefore({ path, before }: StagedChange, now: Entry | undefined): boolean {
    if (!sameEntry(before, now)) return false;
    return before?.kind !== 'file' || sameContent(this.#base.openFile(path), this.#project.openFile(path));
  }

  #parentInTheWay(path: string): string | undefined {
    const components = path.split('/').slice(0, -1);
    for (const [index] of components.entries()) {
      const parent = components.slice(0, index + 1).join('/');
      const kind = this.#project.entry(parent)?.kind;
      if (kind === undefined || this.#deleted.has(parent)) return undefined;
      if (kind !== 'folder') return `${parent} is a ${kind === 'link' ? 'symlink' : 'file'} in the project`;
    }
    return undefined;
  }

  /** A folder that became a file: fine if the same apply deletes everything in the project's folder. */
  #folderInTheWay(path: string): ProjectState {
    const stays = this.#staying(path);
    return stays === undefined
      ? { kind: 'asBefore' }
      : { kind: 'conflict', why: `a folder in the project, with ${stays} in it` };
  }

  #staying(folder: string): string | undefined {
    for (const entry of this.#project.list(folder)) {
      const path = `${folder}/${entry.name}`;
      const stays = entry.isDirectory() ? this.#staying(path) : this.#deleted.has(path) ? undefined : path;
      if (stays !== undefined) return stays;
    }
    return undefined;
  }
}

/** Returns the identity of a path without following a final symlink; undefined if nothing is there. */
function identityOf(located: string | undefined): string | undefined {
  if (located === undefined) return undefined;
  const stats = lstatSync(located, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? undefined : `${stats.dev} ${stats.ino}`;
}

function sameEntry(one: Entry | undefined, other: Entry | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  if (one.kind === 'file')
    return other.kind === 'file' && one.size === other.size && one.executable === other.executable;
  return one.kind === 'link' && other.kind === 'link' && one.target === other.target;
}

function whyConflict({ before, after }: StagedChange, now: Entry | undefined): string {
  if (before === undefined) return 'is new here and in the project, and differs';
  if (now === undefined) return 'was deleted in the project';
  return after === undefined ? 'was deleted here, and changed in the project' : 'changed in the project too';
}
