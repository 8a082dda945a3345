import { removeBottle } from '../../bottle/teardown/end.ts';
import { readAll } from '../../bottle/state/store.ts';

/**
 * Removes a bottle of ours, as `bot-bottle rm --force` does. One that is gone is removed: every start looks for those whose launcher
 * was killed, and may be there first.
 * @throws BottleError as `removeBottle`, while the bottle is still known
 */
export async function removeHeld(id: string): Promise<void> {
  await removeBottle(id, true).catch(async (error: unknown) => {
    if ((await readAll()).records.some((record) => record.id === id)) throw error;
  });
}
