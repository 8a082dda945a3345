import { BottleError } from '../../errors.ts';
import type { FoundImage, ImageSpec } from '../driver.ts';
import type { LongWork } from '../image/long-run.ts';
import { recipeKey } from '../image/recipe.ts';
import { ensureRootfs } from '../image/rootfs.ts';
import { ensureBase, findBase, type BaseDisk } from './guest/disks.ts';

/** What machines are made from: a disk of the same files as the containers' default image. */

/** Finds it, or makes it. @throws BottleError `dependencyMissing`, `rungUnavailable` */
export async function ensureImageDisk(image: ImageSpec, work: LongWork): Promise<BaseDisk> {
  return await ensureBase(keyOf(image), work, ensureRootfs);
}

/** `findImage` of the driver. @throws BottleError `rungUnavailable` */
export async function findImageDisk(image: ImageSpec): Promise<FoundImage> {
  const found = await findBase(keyOf(image));
  return found === undefined
    ? { whyNot: 'no disk of the image has been made yet' }
    : { digest: found.digest };
}

function keyOf(image: ImageSpec): string {
  if (image.kind === 'default') return recipeKey();
  throw new BottleError('rungUnavailable', 'a virtual machine is made from the default image only', {
    fix: 'leave out `image:`, or use a runtime of docker or podman',
  });
}
