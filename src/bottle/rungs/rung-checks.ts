import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { BOUNDARIES, type RungCheck, type CheckContext, type Rung } from '../../drivers/driver.ts';
import { driverOf, DRIVERS } from '../../drivers/index.ts';
import { bootId } from '../../host/system/boot.ts';
import { hostVariable } from '../../host/env.ts';
import { readTextIfThere, removeTree, writeFileAtomic } from '../../host/files.ts';
import { cacheDir } from '../../host/paths.ts';
import { byPreference } from './auto.ts';
import { withCheckRecord } from '../state/check-record.ts';
import { isMeant, isTaken, type RungRequest, noRung } from './select.ts';

/** Checks the rungs of this host. A check starts a bottle or a container, so a good result is kept until the next boot. */

/** Every rung of every driver, in the order of the drivers. */
export const allRungs = (): readonly Rung[] => DRIVERS.flatMap((driver) => driver.rungs);

/** Checks every rung in parallel and ignores kept results, as `doctor` does. */
export async function checkAllRungs(signal: AbortSignal): Promise<RungCheck[]> {
  return await Promise.all(allRungs().map(async (rung) => await look(rung, { signal, isAskedFor: false })));
}

/**
 * Checks the rungs that a request allows: the one it names, or from the strongest boundary down to the first with a ready rung.
 * Does not check weaker rungs than that.
 * @throws BottleError `rungUnavailable` if no rung matches the request
 */
export async function checkRungsFor(request: RungRequest, signal: AbortSignal): Promise<RungCheck[]> {
  const rungs = allRungs().filter((rung) => isMeant(request, rung));
  if (rungs.length === 0) throw noRung(request, allRungs());
  const checks: RungCheck[] = [];
  for (const boundary of BOUNDARIES.toReversed()) {
    const level = rungs.filter((rung) => rung.boundary === boundary);
    const how = { signal, isAskedFor: request.runtime !== 'auto' };
    checks.push(...(await Promise.all(level.map(async (rung) => await keptOrLook(rung, how)))));
    if (checks.some((check) => isTaken(check, request))) break;
  }
  return checks;
}

/** The rung that a start will most likely take, according to kept results; undefined if there is none. */
export async function likelyRung(runtime: RungRequest['runtime']): Promise<Rung | undefined> {
  const rungs = allRungs().filter((rung) => isMeant({ runtime }, rung));
  const kept = await Promise.all(rungs.map(keptAnswer));
  const ready = kept.flatMap((check) =>
    check !== undefined && isTaken(check, { runtime }) ? [check.rung] : [],
  );
  return ready.toSorted(byPreference(process.platform))[0];
}

type How = Pick<CheckContext, 'signal' | 'isAskedFor'>;

async function keptOrLook(rung: Rung, how: How): Promise<RungCheck> {
  return (await keptAnswer(rung)) ?? (await look(rung, how));
}

/** The kept result of a rung since this host's last boot; undefined if there is none or its engine has changed since. */
export async function keptAnswer(rung: Rung): Promise<RungCheck | undefined> {
  const text = await readTextIfThere(await cachePath(rung));
  if (text === undefined) return undefined;
  const kept = JSON.parse(text) as RungCheck;
  const { lookKey } = driverOf(rung);
  return lookKey === undefined || isCurrent(kept, await lookKey(rung)) ? kept : undefined;
}

/** Whether a kept result is valid. An engine that does not answer now (undefined) may have been replaced. Pure. */
export const isCurrent = (kept: Pick<RungCheck, 'lookKey'>, now: string | undefined): boolean =>
  now !== undefined && kept.lookKey === now;

async function look(rung: Rung, how: How): Promise<RungCheck> {
  const path = await cachePath(rung);
  const check = await withCheckRecord(
    rung,
    async (record) => await driverOf(rung).check(rung, { ...record, ...how }),
  );
  // Keep only good results: the user may install a missing program at any time.
  if (check.status === 'ready') await writeFileAtomic(path, JSON.stringify(check));
  else await removeTree(path);
  return check;
}

/** Removes the kept result of a rung after a failed start, because the rung may have changed. */
export async function forgetCheck(rung: Rung): Promise<void> {
  await removeTree(await cachePath(rung));
}

/** Variables by which a user chooses another engine, version or runtime than the usual one, or another kernel for virtual machines. */
const CHOICE_VARIABLES = [
  'DOCKER_HOST',
  'DOCKER_CONTEXT',
  'DOCKER_CONFIG',
  'CONTAINER_HOST',
  'CONTAINERS_CONF',
  'BOT_BOTTLE_APPLE_OLD',
  'BOT_BOTTLE_KERNEL',
  'BOT_BOTTLE_KERNEL_MODULES',
  'BOT_BOTTLE_KATA_RUNTIME',
  'BOT_BOTTLE_KATA_ANY_VERSION',
];

/**
 * The path depends on the boot, on the engines and the kernel that the environment names, and on this version's rungs.
 * The folder is the user's own, because another user may not reach the same engine. The engine reports everything else:
 * `Driver.lookKey`.
 */
async function cachePath(rung: Rung): Promise<string> {
  const facts = [await bootId(), ...CHOICE_VARIABLES.map(hostVariable), allRungs()];
  const key = createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 16);
  return join(cacheDir(), 'probes', key, `${rung.engine}-${rung.runtime}.json`);
}
