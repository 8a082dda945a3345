import { existsSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { BottleError } from '../../errors.ts';
import { assetPath, packageRoot } from '../../host/paths.ts';

/** The program of all probes that runs in a bottle: built from src/verify/guest. */
export const ATTACK_PROGRAM = 'attacks.cjs';

/**
 * Returns the folders whose files go into a bottle: the built program, and those of `assets/` that it starts or that
 * start it.
 * @throws BottleError `dependencyMissing` when the program is not built
 */
export function programDirs(assetFolders: readonly string[]): readonly string[] {
  const builtDir = join(packageRoot(), 'dist', 'verify');
  if (!existsSync(join(builtDir, ATTACK_PROGRAM))) {
    throw new BottleError('dependencyMissing', `${join(builtDir, ATTACK_PROGRAM)} is not there`, {
      fix: 'install bot-bottle again; in a clone: npm run build',
    });
  }
  return [...assetFolders.map(assetPath), builtDir];
}

/** Copies their files into one folder. @throws as `programDirs` */
export async function layPrograms(assetFolders: readonly string[], dir: string): Promise<void> {
  for (const source of programDirs(assetFolders)) await cp(source, dir, { recursive: true });
}
