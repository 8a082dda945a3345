import { chown } from 'node:fs/promises';
import { isRoot } from '../user.ts';

/** Gives these files to an owner, if this process is root; without root they already belong to that user. */
export async function giveTo(
  { uid, gid }: { readonly uid: number; readonly gid: number },
  paths: readonly string[],
): Promise<void> {
  if (isRoot()) await Promise.all(paths.map(async (path) => await chown(path, uid, gid)));
}
