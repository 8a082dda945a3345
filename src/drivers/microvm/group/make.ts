import { existsSync } from 'node:fs';
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BottleError, DOCTOR_OR_REPORT, reasonOf } from '../../../errors.ts';
import { controlGroupOf } from '../../../host/process/control-groups.ts';
import { readKernelFile, hasSwap } from '../../../host/system/kernel-file.ts';
import { isRoot } from '../../../host/user.ts';
import { groupFaults, groupPlace, type GroupPlace, type OwnGroup } from './plan.ts';

/**
 * A separate control group for each machine, which only root can make. It bounds all processes around the machine
 * together, including an attacker who has broken out of the machine.
 */

/** Returns the place where this process can make a group, or why it cannot. */
export function findGroupPlace(): GroupPlace | { readonly whyNot: string } {
  if (!isRoot()) return { whyNot: 'only root makes control groups' };
  const [memory, pids] = [controlGroupOf('self', 'memory'), controlGroupOf('self', 'pids')];
  const textOf = (name: string): string | undefined => readKernelFile(`${memory?.hostPath}/${name}`);
  const place = groupPlace({ memory, pids, textOf });
  if ('whyNot' in place) return place;
  // A container's view of the hierarchy may not contain the path that /proc names.
  const missing = place.parents.find(({ folder }) => !existsSync(`${folder}/cgroup.procs`));
  return missing === undefined
    ? place
    : { whyNot: `${missing.folder} is no control group that is seen here` };
}

/** Makes the group without members. Returns undefined on success, else why this host cannot have it. */
export async function makeGroup({ folders, files }: OwnGroup): Promise<string | undefined> {
  try {
    for (const { path, controllers } of folders) {
      await named(path, async () => await allow(dirname(path), controllers));
      await removeGroup(path);
      await named(path, async () => await mkdir(path));
    }
    for (const { path, value, isOptional } of files) {
      if (!isOptional || existsSync(path))
        await named(path, async () => await writeFile(path, String(value), { flag: 'r+' }));
    }
    return undefined;
  } catch (error) {
    for (const { path } of folders) await removeGroup(path);
    return reasonOf(error);
  }
}

/** Adds the path to the error, because the kernel's reason does not name it. */
async function named<T>(path: string, doing: () => Promise<T>): Promise<T> {
  try {
    return await doing();
  } catch (cause) {
    throw new Error(`${path}: ${reasonOf(cause)}`, { cause });
  }
}

async function allow(parent: string, controllers: readonly string[]): Promise<void> {
  if (controllers.length === 0) return;
  const path = `${parent}/cgroup.subtree_control`;
  const allowed = (await readFile(path, 'utf8')).trim().split(' ');
  const missing = controllers.filter((name) => !allowed.includes(name));
  if (missing.length > 0) await writeFile(path, missing.map((name) => `+${name}`).join(' '), { flag: 'r+' });
}

/** Returns whether the group bounds swap too. A kernel need not count swap. */
export const boundsSwap = ({ files }: OwnGroup): boolean =>
  !hasSwap() || files.every(({ path, isOptional }) => !isOptional || existsSync(path));

/**
 * Confirms that a process is in the group and that the bounds apply. `pid`: as this host counts.
 * @throws BottleError `rungUnavailable`
 */
export async function confirmGroup(pid: number, { folders, files }: OwnGroup): Promise<void> {
  const read = async (path: string): Promise<string> => await readFile(path, 'utf8').catch(reasonOf);
  const wanted = files.filter(({ path, isOptional }) => !isOptional || existsSync(path));
  const members = folders.map(async ({ path }) => ({
    folder: path,
    text: await read(`${path}/cgroup.procs`),
  }));
  const bounds = wanted.map(async (file) => ({ ...file, text: await read(file.path) }));
  const reading = { members: await Promise.all(members), bounds: await Promise.all(bounds) };
  const details = groupFaults(reading, pid);
  if (details.length > 0)
    throw new BottleError('rungUnavailable', 'the kernel did not apply the requested settings', {
      details,
      fix: DOCTOR_OR_REPORT,
    });
}

/** Timeout in milliseconds: a killed process stays in its group until it has exited. */
const EMPTY_MS = 5_000;
const POLL_MS = 10;

/**
 * Removes one of the group's folders, if present, once its processes have exited.
 * @throws BottleError `rungUnavailable` where it is in use
 */
export async function removeGroup(folder: string): Promise<void> {
  for (let leftMs = EMPTY_MS; existsSync(folder); leftMs -= POLL_MS) {
    const failure = await rmdir(folder).then(() => undefined, reasonOf);
    if (failure !== undefined && leftMs <= 0)
      throw new BottleError('rungUnavailable', `the control group ${folder} cannot be removed: ${failure}`, {
        fix: `see who is in it: cat ${folder}/cgroup.procs`,
      });
    if (failure !== undefined) await sleep(POLL_MS);
  }
}
