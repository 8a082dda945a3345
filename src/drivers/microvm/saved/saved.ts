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
import { noteUse, SAVING, savedDir } from '../guest/kept.ts';
import type { Machine } from '../vmm/machine.ts';
import type { Vmm, VmmStart } from '../vmm/vmm.ts';
import { savedName, type Likeness } from './key.ts';
import { saveMachine } from './save.ts';

/** Machines that have booted and wait for what is one bottle's own: saved once, and many bottles go on from there. */

/** What it is to be like. */
export interface Wanted {
  /** Whose start has it made: what runs for that carries its id. */
  readonly bottleId: string;
  readonly vmm: Vmm;
  readonly machine: Machine;
  readonly start: Pick<VmmStart, 'accelerator' | 'tscKhz'>;
  readonly files: SharedFiles;
  readonly diskBytes: readonly number[];
}

/** What all machines read: paths on this host. The archive's name is its digest. */
export interface SharedFiles {
  readonly kernelPath: string;
  readonly initrdPath: string;
  readonly basePath: string;
  readonly baseDigest: string;
}

export type Saved = { readonly dir: string } | { readonly whyNot: string };

/** So many are kept: each has the memory that a kernel and its programs take. */
const MOST_KEPT = 6;
/** What could not be saved may be by now: how long that it could not is believed. */
const BELIEVED_MS = 60 * 60 * 1000;
const WHY_NOT = '.why-not';

/** Finds it, or boots a machine and saves it; where that cannot be, why. @throws the signal's reason */
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

/** By one at a time: those who wait have what that one has, or its reason. */
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
 * It does not go on, which is remembered where that is not by chance, as where another has just removed it. What a machine said stays
 * with its bottle.
 */
export async function giveUpSaved(dir: string, isForGood: boolean): Promise<void> {
  const wasThere = await removeSaved(dir);
  if (isForGood && wasThere) await remember(dir, 'one that was saved did not go on');
}

/** At once, for whoever looks for it; where the cache cannot be written, it stays. Gives whether it was there. */
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
  // Where nothing can be written, the next one tries, too.
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
  await removeTree(staging); // of one that was ended
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

/** Those that were not used for longest. One that a machine goes on from is held by that machine. */
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
