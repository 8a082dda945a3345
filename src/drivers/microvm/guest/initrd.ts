import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../../../host/files.ts';
import { initrdsDir, noteUse } from './kept.ts';

/** The archive that machines begin with as a file, kept by its content: all bottles' machines read the same. Gives its path. */
export async function keepInitrd(archive: Uint8Array): Promise<string> {
  const path = join(initrdsDir(), createHash('sha256').update(archive).digest('hex'));
  if (existsSync(path)) await noteUse(path);
  else {
    await mkdir(initrdsDir(), { recursive: true });
    await writeFileAtomic(path, archive, 0o644);
  }
  return path;
}
