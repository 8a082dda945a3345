import { isNotFound } from '../engine/errors.ts';
import type { ImageDetails, ImageEngine } from './image-engine.ts';

/** The fix if the engine does not show an image that was just there or just made. */
export const IMAGE_GONE = 'something else removes images: start again';

/**
 * The engine's details of an image by name or id; undefined if it has none.
 * @throws EngineError; the signal's reason
 */
export async function findImage(
  { client }: Pick<ImageEngine, 'client'>,
  reference: string,
  signal?: AbortSignal,
): Promise<ImageDetails | undefined> {
  try {
    return await client.call<ImageDetails>({
      method: 'GET',
      path: `/images/${reference}/json`,
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
