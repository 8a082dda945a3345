import type { ImageSpec } from '../../drivers/driver.ts';
import type { WrittenBottle } from '../findings/read.ts';
import type { Payload } from './payload.ts';

/** The image to look up, or why it is not known. */
export type ImageMeant = ImageSpec | { readonly whyNot: string };

/**
 * Returns the image of a receipt's bottles: verify's default, or that of the user's bottle if it was named again. Pure.
 */
export function imageMeant(
  { bound: { bottle }, report }: Payload,
  named: Pick<WrittenBottle, 'name' | 'image'> | undefined,
): ImageMeant {
  if (bottle === undefined || report.bottle?.probedIn === 'arena') return { kind: 'default' };
  if (named === undefined) return { whyNot: 'name the bottle again, with --bottle' };
  if (named.name === bottle.name) return named.image;
  return { whyNot: `the receipt is about ${bottle.name}, and ${named.name} was named` };
}
