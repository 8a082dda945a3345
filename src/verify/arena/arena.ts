import { chmod, cp, mkdtemp, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Owner } from '../../drivers/driver.ts';
import { assetPath } from '../../host/paths.ts';
import { isRoot } from '../../host/user.ts';
import type { LootName } from '../probes/probe.ts';
import { openCanary, type Canary } from './canary.ts';
import { Cleanup } from './cleanup.ts';
import { makeLoot, makeNonce } from './nonce.ts';
import { sweptName } from './sweep.ts';
import type { Places } from './targets.ts';
import { startVictim } from './victims.ts';

/**
 * What lies about on the host to be found, and where: made open to every user, so that what stops an attempt is the
 * bottle and not a file's mode. All of it is removed at the end.
 */
export interface Arena<SideName extends string> extends AsyncDisposable {
  readonly loot: Loot;
  /** The same attempts are made several times; each side has its own canary, so that it is known who was heard. */
  readonly sides: Readonly<Record<SideName, Side>>;
}

/** The word of each kind of loot. */
export type Loot = Readonly<Record<LootName, string>>;

export interface Side {
  /** A folder with the programs that attack; `targets.json` goes there. */
  readonly programDir: string;
  /** The folder around it, for what the program need not see. */
  readonly dir: string;
  readonly canary: Canary;
  readonly places: Places;
  /** How the process that the attempt `kill` is after has ended; undefined while it runs. */
  victimEnded(): string | undefined;
}

export interface ArenaPlan<SideName extends string> {
  /** Who the attempts run as on this host. */
  readonly attacker: Owner;
  readonly sides: readonly SideName[];
  /** Folders of `assets/` whose programs attack. */
  readonly programs: readonly string[];
}

/** Lays all of it out. */
export async function layOut<SideName extends string>(plan: ArenaPlan<SideName>): Promise<Arena<SideName>> {
  const { attacker } = plan;
  await using cleanup = new Cleanup();
  const dir = await mkdtemp(join('/var/tmp', sweptName()));
  cleanup.defer(async () => await rm(dir, { recursive: true, force: true }));
  await chmod(dir, 0o755);
  const loot = {
    file: makeLoot(),
    environment: makeLoot(),
    procEnviron: makeLoot(),
    procCmdline: makeLoot(),
  };
  const lootPath = join(await placeForLoot(dir), `.${sweptName()}${makeNonce()}`);
  cleanup.defer(async () => await rm(lootPath, { force: true }));
  await write(lootPath, loot.file);
  const watched = { env: { BOT_BOTTLE_ARENA: loot.procEnviron }, argument: loot.procCmdline };
  const bystander = startVictim(attacker, watched);
  cleanup.defer(() => bystander.end());
  const sides: [string, Side][] = [];
  for (const name of plan.sides) {
    const options = { dir: join(dir, name), lootPath, attacker, programs: plan.programs };
    sides.push([name, await laySide(options, cleanup)]);
  }
  const kept = new Cleanup();
  kept.takeOver(cleanup);
  const byName = Object.fromEntries(sides) as Record<SideName, Side>;
  return { loot, sides: byName, [Symbol.asyncDispose]: async () => await kept[Symbol.asyncDispose]() };
}

/** The user's home, where secrets are; but where it is closed to others and the attempts run as another, a folder that is not. */
async function placeForLoot(fallback: string): Promise<string> {
  return !isRoot() || (await isOpenToAll(homedir())) ? homedir() : fallback;
}

async function isOpenToAll(path: string): Promise<boolean> {
  const { mode } = await stat(path);
  return (mode & 0o001) !== 0 && (path === '/' || (await isOpenToAll(dirname(path))));
}

/** A file outside of the project, as it must stay. */
export const KEPT_NAME = 'kept.txt';
export const KEPT_TEXT = "the host's";

interface SideOptions {
  readonly dir: string;
  readonly lootPath: string;
  readonly attacker: Owner;
  readonly programs: readonly string[];
}

async function laySide({ dir, lootPath, attacker, programs }: SideOptions, cleanup: Cleanup): Promise<Side> {
  const [programDir, dropDir] = [join(dir, 'program'), join(dir, 'drop')];
  await makeDir(dir, 0o755);
  await makeDir(dropDir, 0o1777);
  for (const folder of programs) await cp(assetPath(folder), programDir, { recursive: true });
  await chmod(programDir, 0o755);
  const socketPath = join(dir, 'engine.sock');
  const canary = await openCanary({ socketPath });
  cleanup.defer(async () => await canary[Symbol.asyncDispose]());
  const victim = startVictim(attacker);
  cleanup.defer(() => victim.end());
  const tmpPath = join('/tmp', `${sweptName()}${makeNonce()}`);
  cleanup.defer(async () => await rm(tmpPath, { force: true }));
  const writePath = join(dropDir, 'written');
  const outsideDir = await layOutside(dir);
  const places = { socketPath, lootPath, tmpPath, writePath, killPid: victim.pid, dropDir, outsideDir };
  return { dir, programDir, canary, places, victimEnded: () => victim.ended() };
}

/** What is beside the project, for all to write to; work that is brought back must not. */
async function layOutside(dir: string): Promise<string> {
  const outsideDir = join(dir, 'outside');
  await makeDir(outsideDir, 0o1777);
  await write(join(outsideDir, KEPT_NAME), KEPT_TEXT);
  return outsideDir;
}

/** Whatever the umask. */
async function makeDir(path: string, mode: number): Promise<void> {
  await mkdir(path);
  await chmod(path, mode);
}

async function write(path: string, text: string): Promise<void> {
  await writeFile(path, `${text}\n`);
  await chmod(path, 0o644);
}
