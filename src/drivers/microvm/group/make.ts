import { existsSync } from 'node:fs';
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { BottleError, reasonOf } from '../../../errors.ts';
import { isRoot } from '../../../host/user.ts';
import {
  folderIn,
  groupFaults,
  hierarchiesOf,
  HIERARCHIES,
  type GroupVersion,
  type Hierarchy,
  type OwnGroup,
} from './plan.ts';

/**
 * A control group of a machine's own, which root makes: all that is around the machine is held by it together, and so is whoever has
 * broken out of it.
 */

/** Which version this host has for root to make groups in; why none. */
export function groupVersion(): GroupVersion | { readonly whyNot: string } {
  if (!isRoot()) return { whyNot: 'only root makes control groups' };
  if (existsSync('/sys/fs/cgroup/cgroup.controllers')) return 'v2';
  const isThere = hierarchiesOf('v1').every(({ root }) => existsSync(`${root}/cgroup.procs`));
  return isThere ? 'v1' : { whyNot: 'this host has no control groups for memory and processes' };
}

/** Makes it, with nobody in it; gives why it cannot be had here, undefined where it was made. */
export async function makeGroup(bottleId: string, group: OwnGroup): Promise<string | undefined> {
  try {
    for (const hierarchy of HIERARCHIES) {
      if (group.folders.includes(folderIn(hierarchy, bottleId))) await allow(hierarchy);
    }
    for (const folder of group.folders) await mkdir(folder, { recursive: true });
    for (const { path, value, isOptional } of group.files) {
      if (!isOptional || existsSync(path)) await writeFile(path, String(value), { flag: 'r+' });
    }
    return undefined;
  } catch (error) {
    await removeGroup(bottleId);
    return reasonOf(error);
  }
}

async function allow({ root, controllers }: Hierarchy): Promise<void> {
  if (controllers.length === 0) return;
  const path = `${root}/cgroup.subtree_control`;
  const allowed = (await readFile(path, 'utf8')).trim().split(' ');
  const missing = controllers.filter((name) => !allowed.includes(name));
  if (missing.length > 0) await writeFile(path, missing.map((name) => `+${name}`).join(' '), { flag: 'r+' });
}

/** Sees that a process is in it, and that it holds. `pid`: as this host counts. @throws BottleError `rungUnavailable` */
export async function confirmGroup(pid: number, { folders, files }: OwnGroup): Promise<void> {
  const read = async (path: string): Promise<string> => await readFile(path, 'utf8').catch(reasonOf);
  const wanted = files.filter(({ path, isOptional }) => !isOptional || existsSync(path));
  const members = folders.map(async (folder) => ({ folder, text: await read(`${folder}/cgroup.procs`) }));
  const bounds = wanted.map(async (file) => ({ ...file, text: await read(file.path) }));
  const reading = { members: await Promise.all(members), bounds: await Promise.all(bounds) };
  const details = groupFaults(reading, pid);
  if (details.length > 0)
    throw new BottleError('rungUnavailable', 'the kernel did not apply what was asked for', { details });
}

/** A process that was killed is in it until it is no more. */
const EMPTY_MS = 5_000;
const POLL_MS = 10;

/** Removes what is there of a bottle's groups, once its processes have ended. @throws BottleError `rungUnavailable` where one is in use */
export async function removeGroup(bottleId: string): Promise<void> {
  for (const hierarchy of HIERARCHIES) {
    const folder = folderIn(hierarchy, bottleId);
    for (let leftMs = EMPTY_MS; existsSync(folder); leftMs -= POLL_MS) {
      const failure = await rmdir(folder).then(() => undefined, reasonOf);
      if (failure !== undefined && leftMs <= 0)
        throw new BottleError(
          'rungUnavailable',
          `the control group ${folder} cannot be removed: ${failure}`,
          {
            fix: `see who is in it: cat ${folder}/cgroup.procs`,
          },
        );
      if (failure !== undefined) await sleep(POLL_MS);
    }
  }
}
