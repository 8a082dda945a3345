import type { Driver, Rung } from '../../drivers/driver.ts';
import { errnoOf } from '../../errors.ts';
import { removeTree } from '../../host/files.ts';

const NOT_ALLOWED: ReadonlySet<string> = new Set(['EACCES', 'EPERM']);

/**
 * Removes a bottle's folder, or one in it, with its content. If this user may not remove files that an engine left
 * there as root, an engine removes them: the one of `rung`, otherwise the first that can. Throws the error of
 * `removeTree` if neither can.
 */
export async function removeFolder(path: string, rung?: Rung): Promise<void> {
  try {
    await removeTree(path);
  } catch (error) {
    if (!NOT_ALLOWED.has(errnoOf(error) ?? '') || !(await emptiedByEngine(path, rung))) throw error;
    await removeTree(path);
  }
}

/** Without an address on record, tries every driver: any engine may have written to a folder that a kill left. */
async function emptiedByEngine(path: string, rung: Rung | undefined): Promise<boolean> {
  // Loaded on demand: rarely needed, and not by code that only reads records.
  const { DRIVERS, driverOf } = await import('../../drivers/index.ts');
  if (rung?.address !== undefined) return await empties(driverOf(rung), path, rung);
  for (const driver of DRIVERS) if (await empties(driver, path)) return true;
  return false;
}

async function empties({ emptyAsRoot }: Driver, path: string, rung?: Rung): Promise<boolean> {
  if (emptyAsRoot === undefined) return false;
  return await emptyAsRoot(path, rung).then(
    () => true,
    () => false,
  );
}
