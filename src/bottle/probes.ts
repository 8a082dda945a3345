import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { driverOf, DRIVERS } from '../drivers/index.ts';
import type { Probe, Rung } from '../drivers/driver.ts';
import { readTextIfThere, writeFileAtomic } from '../host/files.ts';
import { bootId } from '../host/boot.ts';
import { cacheDir } from '../host/paths.ts';

/** What the rungs of this host can do. A look costs a start, so its answer is kept until the next boot. */

/** Every rung of every driver, in the order in which equals are preferred. */
export const allRungs = (): readonly Rung[] => DRIVERS.flatMap((driver) => driver.rungs);

export interface ProbeOptions {
  /** Looks again, whatever is kept: what `doctor` does. */
  readonly fresh: boolean;
  readonly signal: AbortSignal;
}

/** Looks at these rungs, side by side, and gives the answers in the order of `rungs`. */
export async function probeRungs(rungs: readonly Rung[], options: ProbeOptions): Promise<Probe[]> {
  return await Promise.all(rungs.map((rung) => probeOne(rung, options)));
}

async function probeOne(rung: Rung, { fresh, signal }: ProbeOptions): Promise<Probe> {
  const path = await cachePath(rung);
  const kept = fresh ? undefined : await readTextIfThere(path);
  if (kept !== undefined) return { ...(JSON.parse(kept) as Probe), rung };
  const probe = await driverOf(rung).probe(rung, signal);
  // Only a good answer is kept: what was missing may be installed in the next minute.
  if (probe.status === 'ready') await writeFileAtomic(path, JSON.stringify(probe));
  return probe;
}

/** Keyed by boot and by who asks: another user may not reach the same engine. */
async function cachePath(rung: Rung): Promise<string> {
  const key = createHash('sha256')
    .update(await bootId())
    .digest('hex')
    .slice(0, 16);
  return join(cacheDir(), 'probes', key, `${rung.engine}-${rung.runtime}.json`);
}
