import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { reasonOf } from '../../../errors.ts';
import { bootId } from '../../../host/system/boot.ts';
import { readTextIfThere, removeTree, writeFileAtomic } from '../../../host/files.ts';
import { findProgram } from '../../../host/system/programs.ts';
import { exclusively } from '../../image/exclusively.ts';
import type { LongWork } from '../../image/long-run.ts';
import { noteUse, SAVING, savedDir, savedName, type Likeness } from '../guest/cache.ts';
import type { Machine } from '../vmm/machine.ts';
import type { Vmm, VmmStart } from '../vmm/vmm.ts';
import { saveMachine } from './save.ts';

/**
 * Saves machines that have booted and wait for a bottle's own settings. One saved machine serves the starts of many
 * bottles.
 */

/** Properties of the wanted machine. */
export interface Wanted {
  /** The bottle whose start saves the machine. The processes of the save carry its ID. */
  readonly bottleId: string;
  readonly vmm: Vmm;
  readonly machine: Machine;
  readonly start: Pick<VmmStart, 'accelerator' | 'tscKhz'>;
  readonly files: SharedFiles;
  readonly diskBytes: readonly number[];
}

/** Files that all machines read, as paths on this host. The archive's name is its digest. */
export interface SharedFiles {
  readonly kernelPath: string;
  readonly initrdPath: string;
  readonly basePath: string;
  readonly baseDigest: string;
}

export type Saved = { readonly dir: string } | { readonly whyNot: string };

/** Maximum of saved machines. Each takes the memory of a kernel and its programs. */
const MOST_KEPT = 6;
/** How long a failure to save counts, in milliseconds. Afterwards the cause may be gone. */
const BELIEVED_MS = 60 * 60 * 1000;
const WHY_NOT = '.why-not';

/** Finds the saved machine, or boots one and saves it. On failure, returns why. @throws the signal's reason */
export async function savedMachine(wanted: Wanted, work: LongWork): Promise<Saved> {
  const dir = join(savedDir(), savedName(await likenessOf(wanted)));
  if (existsSync(dir)) return await used(dir);
  try {
    await mkdir(savedDir(), { recursive: true });
    return await exclusively(SAVING, work, async () => await madeOrWhyNot(wanted, dir, work));
  } catch (error) {
    work.signal.throwIfAborted();
    return { whyNot: reasonOf(error) };
  }
}

/** Runs for one caller at a time. Callers that wait get its result or its reason. */
async function madeOrWhyNot(wanted: Wanted, dir: string, work: LongWork): Promise<Saved> {
  const known = await knownReason(dir);
  if (known !== undefined) return { whyNot: known };
  try {
    if (!existsSync(dir)) await make(wanted, dir, work);
  } catch (error) {
    work.signal.throwIfAborted();
    return await remember(dir, reasonOf(error));
  }
  await forgetOthers(dir);
  return { dir };
}

/**
 * Discards a saved machine that does not resume. `isForGood` remembers that, unless another process has just removed
 * it. The remembered reason contains no output of the machine, which stays with its bottle.
 */
export async function giveUpSaved(dir: string, isForGood: boolean): Promise<void> {
  const wasThere = await removeSaved(dir);
  if (isForGood && wasThere) await remember(dir, 'one that was saved did not go on');
}

/**
 * Renames first, so that no other process finds it any more. It stays where the cache is read-only. Returns whether it
 * was there.
 */
async function removeSaved(dir: string): Promise<boolean> {
  const going = `${dir}.${randomBytes(4).toString('hex')}.work`;
  try {
    await rename(dir, going);
    await removeTree(going);
    return true;
  } catch {
    return existsSync(dir);
  }
}

async function used(dir: string): Promise<Saved> {
  await noteUse(dir);
  return { dir };
}

async function remember(dir: string, whyNot: string): Promise<Saved> {
  // Where the cache is read-only, the next start tries again.
  await writeFileAtomic(`${dir}${WHY_NOT}`, whyNot, 0o644).catch(() => undefined);
  return { whyNot };
}

async function knownReason(dir: string): Promise<string | undefined> {
  const said = await stat(`${dir}${WHY_NOT}`).catch(() => undefined);
  const isOld = said === undefined || Date.now() - said.mtimeMs > BELIEVED_MS;
  return isOld ? undefined : await readTextIfThere(`${dir}${WHY_NOT}`);
}

async function make(wanted: Wanted, dir: string, work: LongWork): Promise<void> {
  work.progress('saving a machine that has booted: others of its size start from there');
  const staging = `${dir}.work`;
  await removeTree(staging); // of an interrupted run
  await mkdir(staging);
  try {
    const madeDir = await saveMachine({ ...wanted, dir: staging }, work.signal);
    await rename(madeDir, dir);
  } finally {
    await removeTree(staging);
  }
}

async function likenessOf({ vmm, machine, start, files, diskBytes }: Wanted): Promise<Likeness> {
  const nobody = { ...start, bottleId: 'saved', purpose: 'boot' } as const;
  const { kernelPath, initrdPath, baseDigest } = files;
  const programs = [findProgram(vmm.programName) ?? vmm.programName, kernelPath].map(async (path) => {
    const { size, mtimeMs } = await stat(path);
    return [path, size, mtimeMs] as const;
  });
  return {
    bootId: await bootId(),
    command: [...vmm.command(machine, nobody), ...vmm.asked(machine, nobody)],
    programs: await Promise.all(programs),
    digests: [basename(initrdPath), baseDigest],
    diskBytes,
  };
}

/** Removes the least recently used saved machines. A resumed machine keeps its files open. */
async function forgetOthers(dir: string): Promise<void> {
  const names = (await readdir(savedDir())).filter((name) => !/\.(?:work|why-not)$/.test(name));
  const known = await Promise.all(
    names.map(async (name) => {
      const path = join(savedDir(), name);
      return { path, usedMs: (await stat(path).catch(() => undefined))?.mtimeMs ?? 0 };
    }),
  );
  const others = known.filter(({ path }) => path !== dir).toSorted((a, b) => b.usedMs - a.usedMs);
  await Promise.all(others.slice(MOST_KEPT - 1).map(async ({ path }) => await removeSaved(path)));
}
