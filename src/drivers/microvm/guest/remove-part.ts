import { dirname } from 'node:path';
import { removeTree } from '../../../host/files.ts';
import { exclusively } from '../../image/exclusively.ts';
import { removeStaging } from './base.ts';
import { lockOf, partOfStaging, SAVING, savedDir } from './kept.ts';

/** Removes one of `unusedParts`, under the lock of its maker, which waits and starts anew. @throws BottleError */
export async function removePart(path: string): Promise<void> {
  const part = partOfStaging(path);
  const work = { progress: () => undefined, signal: new AbortController().signal };
  if (part !== undefined) return await exclusively(lockOf(part), work, async () => await removeStaging(path));
  const isOfSaving = dirname(path) === savedDir();
  await (isOfSaving ? exclusively(SAVING, work, async () => await removeTree(path)) : removeTree(path));
}
