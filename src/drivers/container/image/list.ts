import { BottleError, reasonOf } from '../../../errors.ts';
import { removeTree } from '../../../host/files.ts';
import { isConflict, isNotFound } from '../../engine/errors.ts';
import { imageCacheDir } from '../../image/exclusively.ts';
import type { ImageEngine } from '../../image/image-engine.ts';
import { defaultImageReference, IMAGE_LABEL } from '../../image/recipe.ts';

/** The images that were made here: what `bot-bottle image ls` shows and `image rm` removes. */

export interface MadeImage {
  readonly reference: string;
  readonly digest: string;
  readonly createdAt: Date;
  readonly sizeBytes: number;
  /** The default image of this version of bot-bottle; false for earlier ones and for built Dockerfiles. */
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

/** Where all names of ours begin; what a user builds from our images has the label too, by inheritance. */
const OWN_NAMES = 'localhost/bot-bottle/';

/** Every name of ours of every image on this engine that carries our label. @throws EngineError */
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

/** An engine deletes the files of all layers meanwhile. */
const REMOVAL_TIMEOUT_MS = 120_000;

/**
 * Removes these images from the engine, all that can be; not being there is fine.
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

/** Removes the tars, and what is remembered about images that were checked: all can be made again. */
export const removeImageCache = async (): Promise<void> => await removeTree(imageCacheDir());
