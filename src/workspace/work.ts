import { existsSync } from 'node:fs';
import { openWork, readBaseRecord, type WorkPlaces } from './base.ts';
import { findChanges } from './diff/changes.ts';
import { newRefs, readRefs } from './git/refs.ts';

/**
 * Whether a bottle holds work that would be lost with it: a file that is not as it went in or was last applied, or a
 * branch, tag or stash that points at something new. Ignored files are no work. Stops at the first thing it finds.
 */
export async function hasWork(places: WorkPlaces): Promise<boolean> {
  // A copy that was never completed was never worked on: it comes to its place last.
  if (!existsSync(places.workPath)) return false;
  const record = await readBaseRecord(places.basePath);
  // What it could be compared with is gone.
  if (record === undefined) return true;
  using work = openWork(places);
  if (newRefs(record.refs, readRefs(work)).length > 0) return true;
  for await (const _ of findChanges(places)) return true;
  return false;
}
