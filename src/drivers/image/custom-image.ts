import { dockerfileReference } from '../../contracts/host-names.ts';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { BottleError } from '../../errors.ts';
import { downloadEnvironment } from '../../host/env.ts';
import { IMAGE_GONE, findImage } from './find.ts';
import { buildCall, type ImageEngine, type PreparedImage } from './image-engine.ts';
import { runLong, type LongWork } from './long-run.ts';
import { IMAGE_LABEL } from './recipe.ts';

/** Images that the user names or builds, on an engine of this host; used unchanged. */

/**
 * Stricter than the grammar of references in `distribution`, because the reference goes into a command line and a path.
 */
const REFERENCE = /^[A-Za-z0-9][A-Za-z0-9._/:@-]*$/;

/**
 * An image by reference: the engine's own copy if it has one, else pulled.
 * @throws BottleError `dependencyMissing` when it cannot be pulled, `manifest` when it is not a reference
 */
export async function ensureReference(
  engine: ImageEngine,
  reference: string,
  work: LongWork,
): Promise<PreparedImage> {
  requireReference(reference);
  if ((await findImage(engine, reference)) === undefined) {
    work.progress(`pulling ${reference}`);
    await runLong([...engine.cli, 'pull', reference], downloadEnvironment(), work);
  }
  return await shown(engine, reference);
}

/** Checks the syntax of a reference. @throws BottleError `manifest` if it is invalid */
export function requireReference(reference: string): void {
  if (REFERENCE.test(reference) && !reference.includes('..')) return;
  throw new BottleError('manifest', `${JSON.stringify(reference)} is not an image reference`, {
    fix: 'write NAME:TAG, such as node:22-slim',
  });
}

/** The error for a path in `image:` without a Dockerfile. */
export const noDockerfile = (hostPath: string): BottleError =>
  new BottleError('manifest', `there is no Dockerfile at ${hostPath}`, {
    fix: 'write one there, or correct `image:` in the manifest',
  });

/**
 * Builds a Dockerfile, with its folder as the context. Runs at every start: the engine's own cache detects changes.
 * @throws BottleError `manifest` when the file does not exist, `dependencyMissing` when the build fails
 */
export async function buildDockerfile(
  engine: ImageEngine,
  hostPath: string,
  work: LongWork,
): Promise<PreparedImage> {
  if (!existsSync(hostPath)) throw noDockerfile(hostPath);
  const reference = dockerfileReference(hostPath);
  work.progress(`building ${hostPath}`);
  const argv = [
    ...buildCall(engine),
    '--label',
    `${IMAGE_LABEL}=custom`,
    '--tag',
    reference,
    '--file',
    hostPath,
    dirname(hostPath),
  ];
  await runLong(argv, downloadEnvironment(), work);
  return await shown(engine, reference);
}

async function shown(engine: ImageEngine, reference: string): Promise<PreparedImage> {
  const found = await findImage(engine, reference);
  if (found !== undefined) return { reference, digest: found.Id };
  throw new BottleError('dependencyMissing', `the engine does not show ${reference}`, { fix: IMAGE_GONE });
}
