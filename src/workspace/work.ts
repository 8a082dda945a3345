import { existsSync } from 'node:fs';
import { openWork, readBaseRecord, type WorkPlaces } from './base.ts';
import { findChanges } from './diff/changes.ts';
import { newRefs, readRefs } from './git/refs.ts';

/**
 * Whether a bottle holds work that would be lost with it: a file that differs from what went in or was last applied, or
 * a branch, tag or stash that points at something new. Ignored files are not work. Stops at the first find.
 */
export async function hasWork(places: WorkPlaces): Promise<boolean> {
  // A copy gets its final name last: without it, the copy was never completed and nobody worked on it.
  if (!existsSync(places.workPath)) return false;
  const record = await readBaseRecord(places.basePath);
  // The record is missing, so there is nothing to compare with: assume work.
  if (record === undefined) return true;
  using work = openWork(places);
  if (newRefs(record.refs, readRefs(work)).length > 0) return true;
  for await (const _ of findChanges(places)) return true;
  return false;
}
