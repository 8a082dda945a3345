import { closeSync, fstatSync, readSync } from 'node:fs';
import { openBase, openWork, type WorkPlaces } from '../base.ts';
import { Breather } from '../../host/together.ts';
import { escapeText } from '../../ui/terminal/text.ts';
import type { Tree, Entry } from '../tree.ts';
import { listedBytes, tooManyFiles, workFiles } from '../work-files.ts';

/**
 * Finds what an agent changed: compares its copy with what it started with. Does not use the agent's own repository.
 */

export interface Change {
  readonly path: string;
  /** Undefined if nothing, or a folder, was there. */
  readonly before: Entry | undefined;
  /** Undefined if nothing, or a folder, is there now. */
  readonly after: Entry | undefined;
}

/** Limits for new files: their number, and the bytes of their names together. All of them are kept in memory. */
export interface ChangeLimits {
  readonly newFiles: number;
  readonly newNameBytes: number;
}

const LIMITS: ChangeLimits = { newFiles: 200_000, newNameBytes: 64 * 1024 ** 2 };

/** Extra bytes in the list for the folders of nested repositories. */
const NESTED_NAME_BYTES = 1024 ** 2;

/**
 * Yields each change as it is found, so that a caller that needs only one can stop. Ignored files do not count, by the
 * present `.gitignore` files; files that went in always count.
 * @throws BottleError `usage`, possibly after many changes, if the agent made more files than `limits` allows
 */
export async function* findChanges(
  { workPath, basePath }: WorkPlaces,
  limits: ChangeLimits = LIMITS,
): AsyncGenerator<Change> {
  using work = openWork({ workPath });
  using base = openBase({ basePath });
  const breather = new Breather();
  const seen = new Set<string>();
  let maxListBytes = limits.newNameBytes + NESTED_NAME_BYTES;
  for (const path of filesBelow(base, '')) {
    seen.add(path);
    maxListBytes += listedBytes(path);
    await breather.step();
    const [before, after] = [base.entry(path), asFile(work.entry(path))];
    if (!isSame({ before, after, path }, { base, work })) yield { path, before, after };
  }
  const added = new Added(workPath, limits);
  for await (const path of workFiles(work, { workPath, basePath, maxListBytes })) {
    await breather.step();
    if (seen.has(path)) continue;
    added.count(path);
    seen.add(path);
    const after = asFile(work.entry(path)) ?? unreadable(path);
    if (after !== undefined) yield { path, before: undefined, after };
  }
}

/** Counts new files, and reports where they are if there are too many. */
class Added {
  readonly #workPath: string;
  readonly #limits: ChangeLimits;
  readonly #byFolder = new Map<string, number>();
  #files = 0;
  #bytes = 0;

  constructor(workPath: string, limits: ChangeLimits) {
    this.#workPath = workPath;
    this.#limits = limits;
  }

  /** @throws BottleError `usage` */
  count(path: string): void {
    const [top = ''] = path.split('/', 1);
    this.#byFolder.set(top, (this.#byFolder.get(top) ?? 0) + 1);
    this.#files += 1;
    this.#bytes += listedBytes(path);
    if (this.#files <= this.#limits.newFiles && this.#bytes <= this.#limits.newNameBytes) return;
    const most = [...this.#byFolder].sort(([, one], [, other]) => other - one).slice(0, 3);
    const told = most.map(([name, files]) => `${escapeText(name)}: ${files} new files or more`);
    throw tooManyFiles(this.#workPath, told);
  }
}

/** A name that is not UTF-8 does not lead back to its file: the change is reported, and the file stays where it is. */
const unreadable = (path: string): Entry | undefined =>
  path.includes('\ufffd') ? { kind: 'special', what: 'name is not UTF-8' } : undefined;

const asFile = (entry: Entry | undefined): Entry | undefined =>
  entry?.kind === 'folder' ? undefined : entry;

/** Yields all files and links of a tree that nobody else writes to. */
export function* filesBelow(tree: Tree, folder: string): Generator<string> {
  for (const { name, isFolder } of tree.list(folder).map(nameAndKind).sort(byName)) {
    const path = folder === '' ? name : `${folder}/${name}`;
    if (isFolder) yield* filesBelow(tree, path);
    else yield path;
  }
}

const nameAndKind = (entry: { name: string; isDirectory(): boolean }) => ({
  name: entry.name,
  isFolder: entry.isDirectory(),
});
const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);

interface Trees {
  readonly base: Tree;
  readonly work: Tree;
}

function isSame({ before, after, path }: Change, trees: Trees): boolean {
  if (before?.kind === 'link') return after?.kind === 'link' && after.target === before.target;
  if (before?.kind !== 'file' || after?.kind !== 'file') return false;
  return (
    before.executable === after.executable &&
    before.size === after.size &&
    sameContent(trees.base.openFile(path), trees.work.openFile(path))
  );
}

const CHUNK_BYTES = 256 * 1024;

/** Whether two open files hold the same bytes. Closes both. A file that could not be opened equals nothing. */
export function sameContent(one: number | undefined, other: number | undefined): boolean {
  try {
    return (
      one !== undefined &&
      other !== undefined &&
      fstatSync(one).size === fstatSync(other).size &&
      readSame(one, other)
    );
  } finally {
    for (const fd of [one, other]) if (fd !== undefined) closeSync(fd);
  }
}

function readSame(one: number, other: number): boolean {
  const size = Math.min(CHUNK_BYTES, fstatSync(one).size + 1);
  const [left, right] = [Buffer.allocUnsafe(size), Buffer.allocUnsafe(size)];
  for (;;) {
    const length = readSync(one, left, 0, size, null);
    if (length !== readSync(other, right, 0, size, null)) return false;
    if (left.compare(right, 0, length, 0, length) !== 0) return false;
    if (length === 0) return true;
  }
}
