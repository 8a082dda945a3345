import { errnoOf } from '../errors.ts';
import { removeTree } from '../host/files.ts';

const NOT_ALLOWED: ReadonlySet<string> = new Set(['EACCES', 'EPERM']);

/**
 * Removes a bottle's folder, or one in it, with all that is there. What an engine left as root there, and this user may not remove,
 * is removed through an engine. Throws what `removeTree` throws where neither can.
 */
export async function removeFolder(path: string): Promise<void> {
  try {
    await removeTree(path);
  } catch (error) {
    if (!NOT_ALLOWED.has(errnoOf(error) ?? '') || !(await emptiedByEngine(path))) throw error;
    await removeTree(path);
  }
}

/** By any that can: of a folder that a kill left, nobody knows which engine wrote there. */
async function emptiedByEngine(path: string): Promise<boolean> {
  // Seldom needed, and not by what only reads records.
  const { DRIVERS } = await import('../drivers/index.ts');
  for (const { emptyAsRoot } of DRIVERS) {
    const isEmpty = await emptyAsRoot?.(path).then(
      () => true,
      () => false,
    );
    if (isEmpty === true) return true;
  }
  return false;
}
