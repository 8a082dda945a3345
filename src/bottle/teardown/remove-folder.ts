import type { Driver, Rung } from '../../drivers/driver.ts';
import { errnoOf } from '../../errors.ts';
import { removeTree } from '../../host/files.ts';

const NOT_ALLOWED: ReadonlySet<string> = new Set(['EACCES', 'EPERM']);

/**
 * Removes a bottle's folder, or one in it, with all that is there. What an engine left as root there, and this user may not remove,
 * is removed through an engine: the one that `rung` names, or the first that can. Throws what `removeTree` throws where neither can.
 */
export async function removeFolder(path: string, rung?: Rung): Promise<void> {
  try {
    await removeTree(path);
  } catch (error) {
    if (!NOT_ALLOWED.has(errnoOf(error) ?? '') || !(await emptiedByEngine(path, rung))) throw error;
    await removeTree(path);
  }
}

/** By any that can, where no address is on record: of a folder that a kill left, nobody knows which engine wrote there. */
async function emptiedByEngine(path: string, rung: Rung | undefined): Promise<boolean> {
  // Seldom needed, and not by what only reads records.
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
