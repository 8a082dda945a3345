import { existsSync } from 'node:fs';
import { readBaseRecord } from './base.ts';
import { findChanges, type WorkPlaces } from './changes.ts';
import { newRefs, readRefs } from './refs.ts';
import { Tree } from './tree.ts';

/**
 * Whether a bottle holds work that would be lost with it: a file that is not as it went in or was last applied, or a
 * branch, tag or stash that points at something new. Ignored files are no work. Stops at the first thing it finds.
 */
export async function hasWork(places: WorkPlaces): Promise<boolean> {
  const record = await readBaseRecord(places.basePath);
  // A copy that was never completed was never worked on.
  if (record === undefined || !existsSync(places.workPath)) return false;
  using work = new Tree(places.workPath);
  if (newRefs(record.refs, readRefs(work)).length > 0) return true;
  for await (const _ of findChanges(places)) return true;
  return false;
}
