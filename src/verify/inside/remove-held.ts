import { removeBottle } from '../../bottle/teardown/end.ts';
import { readAll } from '../../bottle/state/store.ts';

/**
 * Removes a bottle of a test run, as `bot-bottle rm --force` does. Succeeds if the bottle is already gone: every start
 * removes bottles whose launcher was killed, and may do so first.
 * @throws BottleError as `removeBottle`, while the bottle still has a record
 */
export async function removeHeld(id: string): Promise<void> {
  await removeBottle(id, true).catch(async (error: unknown) => {
    if ((await readAll()).records.some((record) => record.id === id)) throw error;
  });
}
