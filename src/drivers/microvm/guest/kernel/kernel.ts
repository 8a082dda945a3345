import { readdir } from 'node:fs/promises';
import type { LongWork } from '../../../image/long-run.ts';
import { ensureDistributionKernel } from './distribution-kernel.ts';
import { ensureGivenKernel, givenKernel, isKernelGiven } from './given-kernel.ts';
import { kernelsDir } from '../cache.ts';
import { MADE_OF, type GuestKernel } from './make-kernel.ts';

/**
 * The kernel of a bottle: the one that the user of this host gives, else the distribution's own for virtual machines.
 */

/**
 * Finds the kernel in the cache, or makes it.
 * @throws BottleError `dependencyMissing` where this host has none or the given one is of no use, with the reason and a
 * fix; the signal's reason
 */
export async function ensureKernel(work: LongWork): Promise<GuestKernel> {
  const given = givenKernel();
  return given === undefined ? await ensureDistributionKernel(work) : await ensureGivenKernel(given, work);
}

/** Returns whether a kernel is available without a download. */
export async function hasKernel(): Promise<boolean> {
  if (isKernelGiven()) return true;
  return (await readdir(kernelsDir()).catch(() => [])).some((name) => name.endsWith(`-${MADE_OF}`));
}
