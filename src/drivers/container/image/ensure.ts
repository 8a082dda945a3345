import type { ImageSpec } from '../../driver.ts';
import { buildDockerfile, ensureReference } from '../../image/custom-image.ts';
import { checkImage } from './check.ts';
import { ensureDefaultImage } from '../../image/default-image.ts';
import type { ImageEngine, PreparedImage } from '../../image/image-engine.ts';
import type { LongWork } from '../../image/long-run.ts';

/**
 * The image that a bottle is made from, on this engine: found, pulled, built or imported, and checked.
 * @throws BottleError `dependencyMissing` when it cannot be had, `manifest` when it lacks what a bottle needs
 */
export async function ensureImage(
  engine: ImageEngine,
  spec: ImageSpec,
  work: LongWork,
): Promise<PreparedImage> {
  switch (spec.kind) {
    case 'default':
      return await ensureDefaultImage(engine, work);
    case 'reference':
      return await checked(engine, await ensureReference(engine, spec.reference, work));
    case 'dockerfile':
      return await checked(engine, await buildDockerfile(engine, spec.hostPath, work));
  }
}

async function checked(engine: ImageEngine, image: PreparedImage): Promise<PreparedImage> {
  await checkImage(engine, image);
  return image;
}
