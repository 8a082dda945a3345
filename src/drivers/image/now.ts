import type { FoundImage, ImageSpec } from '../driver.ts';
import { requireReference } from './custom-image.ts';
import { findImage } from './find.ts';
import type { ImageEngine } from './image-engine.ts';
import { defaultImageReference } from './recipe.ts';

/**
 * What `ensureImage` would return, if the engine has it: makes, fetches and tries nothing.
 * @throws BottleError `manifest` for an invalid reference; EngineError; the signal's reason
 */
export async function imageNow(
  engine: Pick<ImageEngine, 'client'>,
  image: ImageSpec,
  signal: AbortSignal,
): Promise<FoundImage> {
  const lookFor = async (reference: string, otherwise: string): Promise<FoundImage> => {
    const found = await findImage(engine, reference, signal);
    return found === undefined ? { whyNot: `it is not there now: ${otherwise}` } : { digest: found.Id };
  };
  switch (image.kind) {
    case 'default':
      return await lookFor(defaultImageReference(), 'a start would make it again');
    case 'reference':
      requireReference(image.reference);
      return await lookFor(image.reference, 'a start would pull it');
    case 'dockerfile':
      // The engine may have the image of the last build under its name, but a start builds it from the folder's current
      // files.
      return { whyNot: 'each start builds it from the files in its folder' };
  }
}
