import { createReadStream } from 'node:fs';
import { copyFile, mkdtemp, rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BottleError, reasonOf } from '../../errors.ts';
import { downloadEnvironment } from '../../host/env.ts';
import { removeTree } from '../../host/files.ts';
import { buildCall, type ImageEngine, type PreparedImage } from './image-engine.ts';
import { exclusively } from './exclusively.ts';
import { IMAGE_GONE, findImage } from './find.ts';
import { importImage } from './import-image.ts';
import { runLong, type LongWork } from './long-run.ts';
import { fetchPinned } from './pinned-package.ts';
import { NPM_PIN } from './pins.ts';
import { defaultImageReference, imageSettings, IMAGE_LABEL, recipeDir, recipeKey } from './recipe.ts';
import { cachedRootfs, ensureRootfs } from './rootfs.ts';

const IMPORT_MS = 10 * 60_000;

/**
 * The default image on this engine: found by its recipe's key, else imported from the tar in the cache, else built from
 * the Dockerfile if a registry answers, else made from the distribution's own packages.
 * @throws BottleError `dependencyMissing` with the errors of each way
 */
export async function ensureDefaultImage(engine: ImageEngine, work: LongWork): Promise<PreparedImage> {
  const reference = defaultImageReference();
  const found = await findImage(engine, reference);
  if (found !== undefined) return { reference, digest: found.Id };
  return await exclusively(`${recipeKey()}.image`, work, async () => {
    if ((await findImage(engine, reference)) === undefined) await makeImage(engine, work);
    const made = await findImage(engine, reference);
    if (made === undefined)
      throw new BottleError('dependencyMissing', `the engine does not show ${reference}`, {
        fix: IMAGE_GONE,
      });
    return { reference, digest: made.Id };
  });
}

async function makeImage(engine: ImageEngine, work: LongWork): Promise<void> {
  const cached = cachedRootfs();
  if (cached !== undefined) return await importRootfs(engine, cached, work);
  work.progress('making the default image: about a minute, once on this host');
  try {
    await buildFromRegistry(buildCall(engine), work);
  } catch (error) {
    work.signal.throwIfAborted();
    work.progress('it cannot be built from a registry here: making it from the packages of this system');
    await importRootfs(engine, await rootfsOrExplain(work, error), work);
  }
}

async function rootfsOrExplain(work: LongWork, registryError: unknown): Promise<string> {
  try {
    return await ensureRootfs(work);
  } catch (error) {
    if (!(error instanceof BottleError)) throw error;
    throw new BottleError('dependencyMissing', `the default image cannot be made: ${error.message}`, {
      details: [
        ...error.details,
        `from a registry: ${reasonOf(registryError)}`,
        ...(registryError instanceof BottleError ? registryError.details : []),
      ],
      fix: `have this host reach an image registry; or, to make it of packages of Debian or Ubuntu: ${error.fix}`,
      cause: error,
    });
  }
}

/**
 * Builds `images/default/Dockerfile` with an engine's build command. Downloads npm on the host, which has its registry
 * and certificates.
 * @throws BottleError `dependencyMissing`
 */
export async function buildFromRegistry(call: readonly string[], work: LongWork): Promise<void> {
  const context = await mkdtemp(join(tmpdir(), 'bot-bottle-build-'));
  try {
    for (const file of ['Dockerfile', 'packages.txt', 'finish.sh']) {
      await copyFile(join(recipeDir(), file), join(context, file));
    }
    await rename(await fetchPinned(NPM_PIN, context, work.signal), join(context, 'npm.tgz'));
    const label = `${IMAGE_LABEL}=${recipeKey()}`;
    const argv = [...call, '--label', label, '--tag', defaultImageReference(), context];
    await runLong(argv, downloadEnvironment(), work);
  } finally {
    await removeTree(context);
  }
}

async function importRootfs(engine: ImageEngine, path: string, work: LongWork): Promise<void> {
  work.progress('importing the default image');
  await importImage(engine.client, {
    reference: defaultImageReference(),
    label: recipeKey(),
    changes: imageSettings(),
    isBuiltUpon: true,
    content: createReadStream(path),
    timeoutMs: IMPORT_MS,
    signal: work.signal,
  });
}
