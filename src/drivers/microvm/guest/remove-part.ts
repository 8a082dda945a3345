import { removeTree } from '../../../host/files.ts';
import { exclusively } from '../../image/exclusively.ts';
import { removeStaging } from './base.ts';
import { lockOf, partOfStaging } from './kept.ts';

/** Removes one of `unusedParts`; whoever would make it waits for that, and begins anew. @throws BottleError */
export async function removePart(path: string): Promise<void> {
  const part = partOfStaging(path);
  if (part === undefined) return await removeTree(path);
  const work = { progress: () => undefined, signal: new AbortController().signal };
  await exclusively(lockOf(part), work, async () => await removeStaging(path));
}
