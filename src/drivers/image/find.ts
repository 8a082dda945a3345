import { isNotFound } from '../engine/errors.ts';
import type { ImageDetails, ImageEngine } from './image-engine.ts';

/** Of an image that was there, or has just been made, and is not shown. */
export const IMAGE_GONE = 'something else removes images: start again';

/** What the engine says of an image by name or id; undefined where it has none. @throws EngineError; the signal's reason */
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
