import { isNotFound } from '../engine/errors.ts';
import type { ImageDetails, ImageEngine } from './image-engine.ts';

/** What the engine says of an image by name or id; undefined where it has none. @throws EngineError */
export async function findImage(engine: ImageEngine, reference: string): Promise<ImageDetails | undefined> {
  try {
    return await engine.client.call<ImageDetails>({ method: 'GET', path: `/images/${reference}/json` });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
