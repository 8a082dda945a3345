import { BottleError, reasonOf, linesOf } from '../../errors.ts';
import type { FoundImage, ImageSpec } from '../driver.ts';
import { EngineError } from '../engine/errors.ts';
import { buildDockerfile, ensureReference, requireReference } from '../image/custom-image.ts';
import { engineWith, imageEngines, usualOf, type NamedEngine } from '../image/engines.ts';
import { IMAGE_GONE, findImage } from '../image/find.ts';
import type { LongWork } from '../image/long-run.ts';
import { imageNow } from '../image/now.ts';
import { recipeKey } from '../image/recipe.ts';
import { expectOwnKind, settingsOf, type ImageSettings } from '../image/settings.ts';
import { once } from '../once.ts';
import { ensureBase, findBase, type BaseDisk, type TarOf } from './guest/base.ts';
import { basesDir } from './guest/cache.ts';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { ensureDefaultImage } from '../image/default-image.ts';
import { writeImageFiles } from '../image/image-files.ts';
import type { PreparedImage } from '../image/image-engine.ts';
import { noteContainer } from '../image/noted-container.ts';
import { ensureRootfs } from '../image/rootfs.ts';

/** What machines are made from: a disk with the same files as the containers' image. */
export interface MachineImage {
  readonly disk: BaseDisk;
  /** The image's digest by its engine. For the default image, which needs no engine, the disk's digest. */
  readonly digest: string;
  /** Name and digest, for people. */
  readonly words: string;
  readonly settings: ImageSettings;
}

const known = new Map<string, Promise<MachineImage>>();

/**
 * Finds the image's disk, or makes it. Runs once per image in this process, because it may build a Dockerfile.
 * @throws BottleError `dependencyMissing`, `manifest`; the signal's reason
 */
export async function ensureImageDisk(image: ImageSpec, work: LongWork): Promise<MachineImage> {
  const key = JSON.stringify([basesDir(), image]);
  return await once(known, key, async () =>
    image.kind === 'default' ? await ofDefault(work) : await ofEngine(image, work),
  );
}

async function ofDefault(work: LongWork): Promise<MachineImage> {
  const disk = await ensureBase(recipeKey(), work, defaultFiles);
  // Every bottle already has the settings of the default recipe.
  return { disk, digest: disk.digest, words: `default ${disk.digest}`, settings: { env: {}, volumes: [] } };
}

type OfEngine = Exclude<ImageSpec, { kind: 'default' }>;

async function ofEngine(spec: OfEngine, work: LongWork): Promise<MachineImage> {
  const { engine, image } = await saidByEngine(async () => await prepared(spec, work));
  const details = await saidByEngine(async () => await findImage(engine, image.digest, work.signal));
  if (details === undefined)
    throw new BottleError('dependencyMissing', `the engine does not show ${image.reference}`, {
      fix: IMAGE_GONE,
    });
  expectOwnKind(details, image.reference);
  const disk = await ensureBase(keyOf(image.digest), work, filesOnEngine({ engine, image }));
  const words = `${image.reference} ${image.digest} of ${engine.name}`;
  return { disk, digest: image.digest, words, settings: settingsOf(details) };
}

/** Prefers an engine that already has the image; else the usual one builds or pulls it. */
async function prepared(spec: OfEngine, work: LongWork): Promise<OnEngine> {
  if (spec.kind === 'reference') requireReference(spec.reference);
  const engines = await imageEngines(work.signal);
  const usual = usualOf(engines);
  if (spec.kind === 'dockerfile')
    return { engine: usual, image: await buildDockerfile(usual, spec.hostPath, work) };
  const engine = (await engineWith(engines, spec.reference, work.signal)) ?? usual;
  return { engine, image: await ensureReference(engine, spec.reference, work) };
}

async function saidByEngine<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw new BottleError(
      'dependencyMissing',
      `the container engine does not do its part: ${reasonOf(error)}`,
      {
        fix: 'see that it runs: docker info, or podman info',
        cause: error,
      },
    );
  }
}

/** Returns the key under which the cache keeps the disk of an engine's image. Pure. */
const keyOf = (digest: string): string => `image-${digest.replace(/^sha256:/, '')}`;

/** `findImage` of the driver. @throws BottleError `dependencyMissing`, `manifest`; EngineError; the signal's reason */
export async function findImageDisk(image: ImageSpec, signal: AbortSignal): Promise<FoundImage> {
  if (image.kind === 'default') {
    const found = await findBase(recipeKey());
    return found === undefined
      ? { whyNot: 'no disk of the image has been made yet' }
      : { digest: found.digest };
  }
  if (image.kind === 'reference') requireReference(image.reference);
  const engines = await imageEngines(signal);
  const has = image.kind === 'reference' ? await engineWith(engines, image.reference, signal) : undefined;
  return await imageNow(has ?? usualOf(engines), image, signal);
}

/** An image, and the engine that has it. */
interface OnEngine {
  readonly engine: NamedEngine;
  readonly image: PreparedImage;
}

/** Exports the files of an engine's image. Before it makes a container, it notes the container in the folder. */
const filesOnEngine =
  ({ engine, image }: OnEngine): TarOf =>
  async (work, dir) => {
    work.progress(`taking the files out of ${image.reference}`);
    const containerName = `bot-bottle-image-files-${randomBytes(6).toString('hex')}`;
    await noteContainer(dir, { engine: engine.name, address: engine.address, name: containerName });
    const tarPath = join(dir, 'files.tar');
    await writeImageFiles(engine.client, { digest: image.digest, containerName, tarPath }, work.signal);
    return tarPath;
  };

/** Returns the files of the default image: made on this host without an engine, else from an engine. */
const defaultFiles: TarOf = async (work, dir) => {
  try {
    return await ensureRootfs(work);
  } catch (error) {
    work.signal.throwIfAborted();
    if (!(error instanceof BottleError)) throw error;
    const onEngine = await defaultOnEngine(work, error);
    return await filesOnEngine(onEngine)(work, dir);
  }
};

/** Falls back to an engine. Its error also contains the reason of the first failure. */
async function defaultOnEngine(work: LongWork, before: BottleError): Promise<OnEngine> {
  try {
    const engine = usualOf(await imageEngines(work.signal));
    return { engine, image: await ensureDefaultImage(engine, work) };
  } catch (error) {
    work.signal.throwIfAborted();
    throw new BottleError(before.code, before.message, {
      details: [...before.details, ...linesOf(error)],
      fix: before.fix,
      cause: error,
    });
  }
}
