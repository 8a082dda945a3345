import { closeSync, readFileSync } from 'node:fs';
import { entryAt, Tree } from '../tree.ts';

/**
 * Reads what the references of a work tree's repository point at, without git: the agent owns that repository. A commit
 * of the agent is work even if the files are unchanged.
 */

/**
 * Reference name to object id. `HEAD` is there only if detached. Without remote-tracking references: a fetch is no
 * work.
 */
export type Refs = Readonly<Record<string, string>>;

const OBJECT_ID = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;
const MAX_FILE_BYTES = 16 * 1024 * 1024;
const MAX_DEPTH = 16;
/** git itself is slow with far fewer. A repository with more has new ones among the first. */
const MAX_LOOSE_REFS = 100_000;

/** Reads the references under `.git` of a work tree. Skips what is not a valid reference. */
export function readRefs(work: Tree): Refs {
  const refs: Record<string, string> = {};
  for (const line of readText(work, '.git/packed-refs').split('\n')) {
    const [id = '', name = ''] = line.split(' ');
    if (isWork(name) && OBJECT_ID.test(id)) refs[name] = id;
  }
  let count = 0;
  for (const name of looseRefs(work, 'refs', MAX_DEPTH)) {
    if ((count += 1) > MAX_LOOSE_REFS) break;
    const id = readText(work, `.git/${name}`).trim();
    if (isWork(name) && OBJECT_ID.test(id)) refs[name] = id;
  }
  const head = readText(work, '.git/HEAD').trim();
  if (OBJECT_ID.test(head)) refs['HEAD'] = head;
  const tables = readText(work, '.git/reftable/tables.list');
  if (tables !== '') refs['reftable'] = tables;
  return refs;
}

const isWork = (name: string): boolean => name.startsWith('refs/') && !name.startsWith('refs/remotes/');

/** Yields one at a time, so that a caller can stop: an agent can make any number. */
function* looseRefs(work: Tree, folder: string, depth: number): Generator<string> {
  if (depth === 0) return;
  for (const entry of work.entries(`.git/${folder}`)) {
    const name = `${folder}/${entry.name}`;
    if (entry.isDirectory()) yield* looseRefs(work, name, depth - 1);
    else if (entry.isFile()) yield name;
  }
}

function readText(work: Tree, path: string): string {
  const located = work.locate(path);
  const entry = located === undefined ? undefined : entryAt(located);
  if (entry?.kind !== 'file' || entry.size > MAX_FILE_BYTES) return '';
  const fd = work.openFile(path);
  if (fd === undefined) return '';
  try {
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

/** Returns the names of references that point at something no reference pointed at before. */
export function newRefs(before: Refs, now: Refs): string[] {
  const known = new Set(Object.values(before));
  return Object.keys(now).filter((name) => !known.has(now[name] ?? ''));
}

/** Returns the checked-out branch, or `HEAD` if none is checked out. */
export function currentRef(work: Tree): string {
  const [, name] = /^ref: (refs\/\S+)/.exec(readText(work, '.git/HEAD')) ?? [];
  return name ?? 'HEAD';
}
