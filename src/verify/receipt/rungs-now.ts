import { once } from 'node:events';
import { allRungs, keptAnswer } from '../../bottle/rungs/rung-checks.ts';
import type { FoundImage, Rung } from '../../drivers/driver.ts';
import { driverOf } from '../../drivers/index.ts';
import { reasonOf } from '../../errors.ts';
import type { RungNow } from './compare.ts';
import type { ImageMeant } from './image-meant.ts';
import type { BoundRung } from './payload.ts';

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
