import { BottleError, reasonOf } from '../../../errors.ts';
import { removeTree } from '../../../host/files.ts';
import { isConflict, isNotFound } from '../../engine/errors.ts';
import { imageCacheDir } from '../../image/exclusively.ts';
import type { ImageEngine } from '../../image/image-engine.ts';
import { defaultImageReference, IMAGE_LABEL } from '../../image/recipe.ts';

/** The images that bot-bottle made: `bot-bottle image ls` shows them and `image rm` removes them. */

export interface MadeImage {
  readonly reference: string;
  readonly digest: string;
  readonly createdAt: Date;
  readonly sizeBytes: number;
  /** It is the default image of this version of bot-bottle; false for earlier ones and for built Dockerfiles. */
  readonly isCurrentDefault: boolean;
}

/** A part of the answer to `GET /images/json`. */
interface ImageSummary {
  readonly Id: string;
  readonly RepoTags: readonly string[] | null;
  /** Seconds after 1970. */
  readonly Created: number;
  readonly Size: number;
}

/**
 * The prefix of all names of bot-bottle's images. An image that a user builds from them inherits the label, but not the
 * name.
 */
const OWN_NAMES = 'localhost/bot-bottle/';

/** Every name of bot-bottle on every image of this engine that carries its label. @throws EngineError */
export async function listImages(engine: Pick<ImageEngine, 'client'>): Promise<MadeImage[]> {
  const found = await engine.client.call<readonly ImageSummary[]>({
    method: 'GET',
    path: '/images/json',
    query: { filters: JSON.stringify({ label: [IMAGE_LABEL] }) },
  });
  return found.flatMap((image) => {
    const references = (image.RepoTags ?? []).filter((name) => name.startsWith(OWN_NAMES));
    return references.map((reference) => ({
      reference,
      digest: image.Id.startsWith('sha256:') ? image.Id : `sha256:${image.Id}`,
      createdAt: new Date(image.Created * 1000),
      sizeBytes: image.Size,
      isCurrentDefault: reference === defaultImageReference(),
    }));
  });
}

/** The engine deletes the files of all layers in this time. */
const REMOVAL_TIMEOUT_MS = 120_000;

/**
 * Removes all of these images that the engine can remove; missing ones are fine.
 * @throws BottleError `usage` when bottles use some
 */
export async function removeImages(
  engine: Pick<ImageEngine, 'client'>,
  references: readonly string[],
): Promise<void> {
  const inUse: string[] = [];
  for (const reference of references) {
    try {
      await engine.client.call({
        method: 'DELETE',
        path: `/images/${reference}`,
        timeoutMs: REMOVAL_TIMEOUT_MS,
      });
    } catch (error) {
      if (isNotFound(error)) continue;
      if (!isConflict(error)) throw error;
      inUse.push(`${reference}: ${reasonOf(error)}`);
    }
  }
  if (inUse.length === 0) return;
  throw new BottleError('usage', 'images are in use', {
    details: inUse,
    fix: 'Stop and remove the bottles that use them: bot-bottle ls',
  });
}

/** Removes the tars, and the records of checked images: bot-bottle can make all of them again. */
export const removeImageCache = async (): Promise<void> => await removeTree(imageCacheDir());
