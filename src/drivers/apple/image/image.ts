import { existsSync, statSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BottleError, linesOf } from '../../../errors.ts';
import { downloadEnvironment } from '../../../host/env.ts';
import { makePrivateDir, removeTree } from '../../../host/files.ts';
import type { FoundImage, ImageSpec } from '../../driver.ts';
import { dockerfileReference, requireReference } from '../../image/custom-image.ts';
import { buildFromRegistry } from '../../image/default-image.ts';
import { exclusively, imageCacheDir } from '../../image/exclusively.ts';
import type { PreparedImage } from '../../image/image-engine.ts';
import { runLong, type LongWork } from '../../image/long-run.ts';
import { defaultImageReference, imageSettings, IMAGE_LABEL, recipeKey } from '../../image/recipe.ts';
import { cachedRootfs, ensureRootfs } from '../../image/rootfs.ts';
import { once } from '../../once.ts';
import { callContainer, container, DEADLINE_MS, PROGRAM } from '../cli.ts';
import { failureOf } from '../failures.ts';
import { imageDigestIn } from '../json/other.ts';
import { writeLayout } from './oci.ts';

/** What bottles are made from, in the store of Apple's `container`. */

const LOAD_MS = 10 * 60_000;
/** apple/container#735: the builder refuses a longer Dockerfile, with words that do not say so. */
const MAX_DOCKERFILE_BYTES = 16 * 1024;

const known = new Map<string, Promise<PreparedImage>>();

/**
 * Finds it, or makes it; once for each image that this process starts.
 * @throws BottleError `dependencyMissing`, `manifest`, `rungUnavailable`; the signal's reason
 */
export async function ensureImage(image: ImageSpec, work: LongWork): Promise<PreparedImage> {
  return await once(known, JSON.stringify(image), async () => await make(image, work));
}

async function make(image: ImageSpec, work: LongWork): Promise<PreparedImage> {
  if (image.kind === 'default') return await ensureDefault(work);
  if (image.kind === 'reference') return await ensureReference(image.reference, work);
  return await build(image.hostPath, work);
}

/** `findImage` of the driver. @throws BottleError `manifest`, `rungUnavailable`; the signal's reason */
export async function findImageNow(image: ImageSpec, signal: AbortSignal): Promise<FoundImage> {
  if (image.kind === 'dockerfile') return { whyNot: 'a Dockerfile is built at every start' };
  const digest = await find(image.kind === 'default' ? defaultImageReference() : image.reference, signal);
  return digest === undefined ? { whyNot: 'it is not in the store of Apple’s container yet' } : { digest };
}

async function find(reference: string, signal: AbortSignal): Promise<string | undefined> {
  requireReference(reference);
  const result = await callContainer(['image', 'inspect', reference], { signal });
  signal.throwIfAborted();
  // Who does not answer has not said that there is none.
  if (result.timedOut)
    throw failureOf(result, { what: `say whether it has the image ${reference}`, timeoutMs: DEADLINE_MS });
  return result.exitCode === 0 ? imageDigestIn(result.stdout) : undefined;
}

async function shown(reference: string, signal: AbortSignal): Promise<PreparedImage> {
  const digest = await find(reference, signal);
  if (digest !== undefined) return { reference, digest };
  throw new BottleError('dependencyMissing', `Apple’s container does not show the image ${reference}`);
}

async function ensureDefault(work: LongWork): Promise<PreparedImage> {
  const reference = defaultImageReference();
  const digest = await find(reference, work.signal);
  if (digest !== undefined) return { reference, digest };
  return await exclusively(`${recipeKey()}.apple`, work, async () => {
    if ((await find(reference, work.signal)) === undefined) await makeDefault(work);
    return await shown(reference, work.signal);
  });
}

async function makeDefault(work: LongWork): Promise<void> {
  const cached = cachedRootfs();
  if (cached !== undefined) return await load(cached, work);
  work.progress('making the default image: some minutes, once on this host');
  try {
    await buildFromRegistry([PROGRAM], work);
  } catch (error) {
    work.signal.throwIfAborted();
    await load(await rootfsOr(error, work), work);
  }
}

/** From packages of the host's, where it is a Debian; what a registry said is not lost. */
async function rootfsOr(before: unknown, work: LongWork): Promise<string> {
  try {
    return await ensureRootfs(work);
  } catch (error) {
    if (!(error instanceof BottleError)) throw error;
    throw new BottleError('dependencyMissing', 'the default image cannot be made', {
      details: [...linesOf(before), ...linesOf(error)],
      cause: error,
    });
  }
}

async function load(tarPath: string, work: LongWork): Promise<void> {
  work.progress('loading the default image');
  await makePrivateDir(imageCacheDir());
  const dir = await mkdtemp(join(imageCacheDir(), 'work-'));
  try {
    const order = { reference: defaultImageReference(), tarPath, env: defaultEnv(), signal: work.signal };
    const args = ['image', 'load', '--input', await writeLayout(dir, order)];
    await container('load the default image', args, { timeoutMs: LOAD_MS, signal: work.signal });
  } finally {
    await removeTree(dir);
  }
}

/** Of the recipe's lines `ENV NAME=value`. */
const defaultEnv = (): readonly string[] =>
  imageSettings().flatMap((line) => /^ENV (\w+=\S+)$/.exec(line)?.slice(1) ?? []);

async function ensureReference(reference: string, work: LongWork): Promise<PreparedImage> {
  if ((await find(reference, work.signal)) === undefined) {
    work.progress(`pulling ${reference}`);
    await runLong([PROGRAM, 'image', 'pull', reference], downloadEnvironment(), work);
  }
  return await shown(reference, work.signal);
}

async function build(hostPath: string, work: LongWork): Promise<PreparedImage> {
  expectBuildable(hostPath);
  const reference = dockerfileReference(hostPath);
  work.progress(`building ${hostPath}`);
  const argv = ['build', '--label', `${IMAGE_LABEL}=custom`, '--tag', reference, '--file', hostPath];
  await runLong([PROGRAM, ...argv, dirname(hostPath)], downloadEnvironment(), work);
  return await shown(reference, work.signal);
}

/** @throws BottleError `manifest` where there is no such file, or it is longer than the builder takes */
export function expectBuildable(hostPath: string): void {
  if (!existsSync(hostPath)) throw new BottleError('manifest', `there is no Dockerfile at ${hostPath}`);
  const { size } = statSync(hostPath);
  if (size < MAX_DOCKERFILE_BYTES) return;
  throw new BottleError(
    'manifest',
    `${hostPath} has ${size} bytes, and Apple’s container builds Dockerfiles of less than ${MAX_DOCKERFILE_BYTES} (apple/container#735)`,
    { fix: 'move long RUN steps into scripts beside it, or choose another runtime' },
  );
}
