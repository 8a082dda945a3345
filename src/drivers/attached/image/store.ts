import { dockerfileReference } from '../../../contracts/host-names.ts';
import { existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BottleError, linesOf } from '../../../errors.ts';
import { downloadEnvironment } from '../../../host/env.ts';
import { makePrivateDir, removeTree } from '../../../host/files.ts';
import { run, type RunResult } from '../../../host/run.ts';
import type { FoundImage, ImageSpec } from '../../driver.ts';
import { noDockerfile, requireReference } from '../../image/custom-image.ts';
import { buildFromRegistry } from '../../image/default-image.ts';
import { exclusively, imageCacheDir } from '../../image/exclusively.ts';
import { IMAGE_GONE } from '../../image/find.ts';
import type { PreparedImage } from '../../image/image-engine.ts';
import { runLong, type LongWork } from '../../image/long-run.ts';
import { defaultImageReference, imageSettings, IMAGE_LABEL, recipeKey } from '../../image/recipe.ts';
import { cachedRootfs, ensureRootfs } from '../../image/rootfs.ts';
import { once } from '../../once.ts';
import { writeLayout } from './oci.ts';

/** The images of bottles in the store of an engine, which bot-bottle accesses through its client. */

export interface ImageStore {
  /** The name for people: `Apple’s container`. */
  readonly title: string;
  readonly program: string;
  /** A name in the cache of images that differs from other stores' names. */
  readonly key: string;
  /** Arguments that show an image; the call fails if the image is missing. */
  readonly inspectCall: (reference: string) => readonly string[];
  /** Finds the digest in the output of `inspectCall`. */
  readonly digestIn: (said: string) => string | undefined;
  readonly loadCall: (tarPath: string) => readonly string[];
  readonly pullCall: (reference: string) => readonly string[];
  /** @throws BottleError if the store cannot build this file */
  readonly expectBuildable: (hostPath: string) => void;
  /** The error for a failed call. */
  readonly failureOf: (
    result: RunResult,
    call: { readonly what: string; readonly timeoutMs: number },
  ) => BottleError;
}

const LOOK_MS = 20_000;
const LOAD_MS = 10 * 60_000;

const known = new Map<string, Promise<PreparedImage>>();

/**
 * Finds or makes the image, once for each image in this process.
 * @throws BottleError `dependencyMissing`, `manifest`, `rungUnavailable`; the signal's reason
 */
export async function ensureImage(
  store: ImageStore,
  image: ImageSpec,
  work: LongWork,
): Promise<PreparedImage> {
  return await once(known, JSON.stringify([store.key, image]), async () => await make(store, image, work));
}

async function make(store: ImageStore, image: ImageSpec, work: LongWork): Promise<PreparedImage> {
  if (image.kind === 'default') return await ensureDefault(store, work);
  if (image.kind === 'reference') return await ensureReference(store, image.reference, work);
  return await build(store, image.hostPath, work);
}

/** Implements `findImage` of a driver. @throws BottleError `manifest`, `rungUnavailable`; the signal's reason */
export async function findImageNow(
  store: ImageStore,
  image: ImageSpec,
  signal: AbortSignal,
): Promise<FoundImage> {
  if (image.kind === 'dockerfile') return { whyNot: 'a Dockerfile is built at every start' };
  const reference = image.kind === 'default' ? defaultImageReference() : image.reference;
  const digest = await findDigest(store, reference, signal);
  return digest === undefined ? { whyNot: `it is not in the store of ${store.title} yet` } : { digest };
}

/**
 * The current digest of a reference; undefined if the image is missing.
 * @throws BottleError `manifest`, `rungUnavailable`
 */
export async function findDigest(
  store: ImageStore,
  reference: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  requireReference(reference);
  const result = await run(store.program, store.inspectCall(reference), { timeoutMs: LOOK_MS, signal });
  signal.throwIfAborted();
  // A timeout does not mean that the image is missing.
  if (result.timedOut)
    throw store.failureOf(result, { what: `say whether it has the image ${reference}`, timeoutMs: LOOK_MS });
  return result.exitCode === 0 ? store.digestIn(result.stdout) : undefined;
}

async function shown(store: ImageStore, reference: string, signal: AbortSignal): Promise<PreparedImage> {
  const digest = await findDigest(store, reference, signal);
  if (digest !== undefined) return { reference, digest };
  throw new BottleError('dependencyMissing', `${store.title} does not show the image ${reference}`, {
    fix: IMAGE_GONE,
  });
}

async function ensureDefault(store: ImageStore, work: LongWork): Promise<PreparedImage> {
  const reference = defaultImageReference();
  const digest = await findDigest(store, reference, work.signal);
  if (digest !== undefined) return { reference, digest };
  return await exclusively(`${recipeKey()}.${store.key}`, work, async () => {
    if ((await findDigest(store, reference, work.signal)) === undefined) await makeDefault(store, work);
    return await shown(store, reference, work.signal);
  });
}

async function makeDefault(store: ImageStore, work: LongWork): Promise<void> {
  const cached = cachedRootfs();
  if (cached !== undefined) return await load(store, cached, work);
  work.progress('making the default image: some minutes, once on this host');
  try {
    await buildFromRegistry([store.program, 'build'], work);
  } catch (error) {
    work.signal.throwIfAborted();
    await load(store, await rootfsOr(error, work), work);
  }
}

/** Makes the tar from the host's packages, if the host is a Debian. An error also contains the registry's error. */
async function rootfsOr(before: unknown, work: LongWork): Promise<string> {
  try {
    return await ensureRootfs(work);
  } catch (error) {
    if (!(error instanceof BottleError)) throw error;
    throw new BottleError('dependencyMissing', 'the default image cannot be made', {
      details: [...linesOf(before), ...linesOf(error)],
      fix: `have this host reach an image registry; or, to make it of packages of Debian or Ubuntu: ${error.fix}`,
      cause: error,
    });
  }
}

async function load(store: ImageStore, tarPath: string, work: LongWork): Promise<void> {
  const what = 'load the default image';
  work.progress('loading the default image');
  await makePrivateDir(imageCacheDir());
  const dir = await mkdtemp(join(imageCacheDir(), 'work-'));
  try {
    const order = { reference: defaultImageReference(), tarPath, env: defaultEnv(), signal: work.signal };
    const args = store.loadCall(await writeLayout(dir, order));
    const result = await run(store.program, args, { timeoutMs: LOAD_MS, signal: work.signal });
    work.signal.throwIfAborted();
    if (result.exitCode !== 0) throw store.failureOf(result, { what, timeoutMs: LOAD_MS });
  } finally {
    await removeTree(dir);
  }
}

/** The variables in the recipe's lines `ENV NAME=value`. */
const defaultEnv = (): readonly string[] =>
  imageSettings().flatMap((line) => /^ENV (\w+=\S+)$/.exec(line)?.slice(1) ?? []);

async function ensureReference(store: ImageStore, reference: string, work: LongWork): Promise<PreparedImage> {
  if ((await findDigest(store, reference, work.signal)) === undefined) {
    work.progress(`pulling ${reference}`);
    await runLong([store.program, ...store.pullCall(reference)], downloadEnvironment(), work);
  }
  return await shown(store, reference, work.signal);
}

async function build(store: ImageStore, hostPath: string, work: LongWork): Promise<PreparedImage> {
  if (!existsSync(hostPath)) throw noDockerfile(hostPath);
  store.expectBuildable(hostPath);
  const reference = dockerfileReference(hostPath);
  work.progress(`building ${hostPath}`);
  const argv = ['build', '--label', `${IMAGE_LABEL}=custom`, '--tag', reference, '--file', hostPath];
  await runLong([store.program, ...argv, dirname(hostPath)], downloadEnvironment(), work);
  return await shown(store, reference, work.signal);
}
