import { BottleError } from '../../../errors.ts';
import { createDocker } from '../engine/docker.ts';
import { isMissing } from '../../engine/missing.ts';
import type { Connection } from '../engine/engine.ts';
import { createPodman } from '../engine/podman.ts';
import type { EngineName } from '../rungs.ts';
import { ensureDefaultImage } from '../../image/default-image.ts';
import { imageCacheDir } from '../../image/exclusively.ts';
import type { PreparedImage } from '../../image/image-engine.ts';
import { defaultImageReference } from '../../image/recipe.ts';
import { listImages, removeImageCache, removeImages, type MadeImage } from './list.ts';
import type { LongWork } from '../../image/long-run.ts';

/** The images of this host, on every engine that answers: what `bot-bottle image build|ls|rm` does. */

/** What is removed, or would be. */
export interface Removal {
  readonly images: readonly (MadeImage & OnEngine)[];
  /** The folder with what images are made from. */
  readonly cache: string;
}

export interface OnEngine {
  readonly engine: EngineName;
}

/** The engines that answer. @throws BottleError `dependencyMissing` with each one's reason where none does */
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

/** Every image that was made here. @throws BottleError `dependencyMissing` where no engine can be used */
export async function listEngineImages(signal: AbortSignal): Promise<readonly (MadeImage & OnEngine)[]> {
  return (await Promise.all((await connections(signal)).map(imagesOf))).flat();
}

async function imagesOf(connection: Connection): Promise<readonly (MadeImage & OnEngine)[]> {
  return (await listImages(connection)).map((image) => ({ engine: connection.engine, ...image }));
}

/**
 * Makes the default image on every engine that can be used. `fresh`: also where it is there already, from packages of today.
 * @throws BottleError `dependencyMissing` where it cannot be made, `usage` where a bottle uses the one to be replaced
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

/** What `image rm` would remove; changes nothing. @throws BottleError as `listEngineImages` does */
export async function planRemoval(signal: AbortSignal): Promise<Removal> {
  return { images: await listEngineImages(signal), cache: imageCacheDir() };
}

/** What `buildDefaultImages` would do on each engine; changes nothing. */
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
 * Removes every image that was made here, and the cache they are made from; gives what was removed.
 * @throws BottleError `usage` when a bottle uses one
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
