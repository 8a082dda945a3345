import { BottleError, reasonOf } from '../../../errors.ts';
import { createDocker } from '../engine/docker.ts';
import { isMissing } from '../../engine/missing.ts';
import type { Connection } from '../engine/engine.ts';
import { createPodman } from '../engine/podman.ts';
import type { ContainerEngine } from '../../../contracts/rungs.ts';
import { ensureDefaultImage } from '../../image/default-image.ts';
import { imageCacheDir } from '../../image/exclusively.ts';
import type { PreparedImage, ImageEngine } from '../../image/image-engine.ts';
import { defaultImageReference, IMAGE_LABEL } from '../../image/recipe.ts';
import type { LongWork } from '../../image/long-run.ts';
import { removeTree } from '../../../host/files.ts';
import { isConflict, isNotFound } from '../../engine/errors.ts';

/** Manages the images of this host, on every engine that answers: `bot-bottle image build|ls|rm`. */

/** The removed images, or those that would be removed. */
export interface Removal {
  readonly images: readonly (MadeImage & OnEngine)[];
  /** The cache folder, with the files that images are made from. */
  readonly cache: string;
}

export interface OnEngine {
  readonly engine: ContainerEngine;
}

/** The engines that answer. @throws BottleError `dependencyMissing` with the reason for each if none answers */
async function connections(signal: AbortSignal): Promise<Connection[]> {
  const found = await Promise.all(
    [createDocker(), createPodman()].map((engine) => engine.helper({ signal })),
  );
  const usable = found.filter((connection): connection is Connection => !isMissing(connection));
  if (usable.length > 0) return usable;
  const missing = found.filter(isMissing);
  throw new BottleError('dependencyMissing', 'no container engine can be used, and images are for engines', {
    details: missing.map(({ reason }) => reason),
    fix: missing.map(({ fix }) => fix).join('; or '),
  });
}

/** Every image that bot-bottle made. @throws BottleError `dependencyMissing` if no engine can be used */
export async function listEngineImages(signal: AbortSignal): Promise<readonly (MadeImage & OnEngine)[]> {
  return (await Promise.all((await connections(signal)).map(imagesOf))).flat();
}

async function imagesOf(connection: Connection): Promise<readonly (MadeImage & OnEngine)[]> {
  return (await listImages(connection)).map((image) => ({ engine: connection.engine, ...image }));
}

/**
 * Makes the default image on every usable engine. `fresh`: replaces an existing image, with current packages.
 * @throws BottleError `dependencyMissing` if it cannot be made, `usage` if a bottle uses the image to be replaced
 */
export async function buildDefaultImages(
  options: { readonly fresh: boolean },
  work: LongWork,
): Promise<readonly (PreparedImage & OnEngine)[]> {
  const engines = await connections(work.signal);
  if (options.fresh) {
    await removeImageCache();
    for (const connection of engines) await removeCurrentDefault(connection);
  }
  const built: (PreparedImage & OnEngine)[] = [];
  for (const connection of engines) {
    built.push({ engine: connection.engine, ...(await ensureDefaultImage(connection, work)) });
  }
  return built;
}

/** The images that `image rm` would remove; changes nothing. @throws BottleError like `listEngineImages` */
export async function planRemoval(signal: AbortSignal): Promise<Removal> {
  return { images: await listEngineImages(signal), cache: imageCacheDir() };
}

/** The step that `buildDefaultImages` would take on each engine; changes nothing. */
export async function planDefaultImages(
  { fresh }: { readonly fresh: boolean },
  signal: AbortSignal,
): Promise<readonly (OnEngine & { readonly reference: string; readonly step: string })[]> {
  const reference = defaultImageReference();
  return await Promise.all(
    (await connections(signal)).map(async (connection) => {
      const isThere = (await listImages(connection)).some(({ isCurrentDefault }) => isCurrentDefault);
      const step = !isThere ? 'would make' : fresh ? 'would remove, and make again,' : 'has already';
      return { engine: connection.engine, reference, step };
    }),
  );
}

async function removeCurrentDefault(connection: Connection): Promise<void> {
  const current = (await listImages(connection)).filter(({ isCurrentDefault }) => isCurrentDefault);
  await removeImages(connection, referencesOf(current));
}

const referencesOf = (images: readonly MadeImage[]): string[] => images.map(({ reference }) => reference);

/**
 * Removes every image that bot-bottle made, and the cache; returns what it removed.
 * @throws BottleError `usage` when a bottle uses an image
 */
export async function removeEngineImages(signal: AbortSignal): Promise<Removal> {
  const removed: (MadeImage & OnEngine)[] = [];
  for (const connection of await connections(signal)) {
    const images = await imagesOf(connection);
    await removeImages(connection, referencesOf(images));
    removed.push(...images);
  }
  await removeImageCache();
  return { images: removed, cache: imageCacheDir() };
}

interface MadeImage {
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
const removeImageCache = async (): Promise<void> => await removeTree(imageCacheDir());
