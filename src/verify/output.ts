import { open } from 'node:fs/promises';
import { BottleError, reasonOf } from '../errors.ts';

/** A file of the user's choice that a report goes to. */
export interface Output {
  /** All of it, in the place of what was there. @throws BottleError `usage` when the disk is full, and such */
  readonly write: (text: string) => Promise<void>;
}

/** Finds out that it can be written, before long work; undefined where none is asked for. @throws BottleError `usage` */
export async function openOutput(path: string | undefined): Promise<Output | undefined> {
  if (path === undefined) return undefined;
  const failed = (error: unknown): BottleError =>
    new BottleError('usage', `${path} cannot be written: ${reasonOf(error)}`, { cause: error });
  await (await open(path, 'a').catch((error: unknown) => Promise.reject(failed(error)))).close();
  return {
    write: async (text) => {
      const file = await open(path, 'w').catch((error: unknown) => Promise.reject(failed(error)));
      try {
        await file.writeFile(text);
      } catch (error) {
        throw failed(error);
      } finally {
        await file.close();
      }
    },
  };
}
