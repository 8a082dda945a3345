import { once } from 'node:events';
import { allRungs, keptAnswer } from '../../bottle/rungs/rung-checks.ts';
import type { FoundImage, Rung, ImageSpec } from '../../drivers/driver.ts';
import { driverOf } from '../../drivers/index.ts';
import { reasonOf } from '../../errors.ts';
import type { RungNow } from './compare.ts';
import type { BoundRung, Payload } from './payload.ts';
import type { WrittenBottle } from '../findings/read.ts';

/**
 * Reads the current state of a receipt's rungs: from the last check since boot, and from what their engines report.
 * Starts no bottle.
 */

/** Timeout of an engine's answer, in milliseconds. */
const ASK_MS = 10_000;

/**
 * Returns the rungs that were checked; if an engine cannot name the image that its bottles would use, with its reason
 * instead.
 */
export async function rungsNow(bound: readonly BoundRung[], image: ImageMeant): Promise<readonly RungNow[]> {
  const isBound = ({ runtime, engine }: Rung): boolean =>
    bound.some((rung) => rung.runtime === runtime && rung.engine === engine);
  const looks = await Promise.all(allRungs().filter(isBound).map(keptAnswer));
  const found = looks.flatMap((look) => (look === undefined ? [] : [look]));
  return await Promise.all(
    found.map(async ({ rung, status, evidence }) => ({
      rung,
      status,
      evidence,
      image:
        'whyNot' in image
          ? image
          : await inTime(async (signal) => await driverOf(rung).findImage(rung, image, signal), ASK_MS),
    })),
  );
}

/** Returns the answer within this time; a failure or timeout becomes a reason. Never throws. */
export async function inTime(
  ask: (signal: AbortSignal) => Promise<FoundImage>,
  limitMs: number,
): Promise<FoundImage> {
  const late = new AbortController();
  const why = new Error(`there was no answer within ${limitMs / 1000} s`);
  const timer = setTimeout(() => late.abort(why), limitMs);
  const expired = once(late.signal, 'abort').then(() => ({ whyNot: why.message }));
  try {
    return await Promise.race([ask(late.signal), expired]);
  } catch (error) {
    return { whyNot: reasonOf(error) };
  } finally {
    clearTimeout(timer);
  }
}

/** The image to look up, or why it is not known. */
type ImageMeant = ImageSpec | { readonly whyNot: string };

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
