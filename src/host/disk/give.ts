import { chown } from 'node:fs/promises';
import { isRoot } from '../user.ts';

/** Makes these files somebody's own; an ordinary user's are what he is himself already. */
export async function giveTo(
  { uid, gid }: { readonly uid: number; readonly gid: number },
  paths: readonly string[],
): Promise<void> {
  if (isRoot()) await Promise.all(paths.map(async (path) => await chown(path, uid, gid)));
}
