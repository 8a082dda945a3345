import { chmod, cp, mkdtemp, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Owner } from '../drivers/driver.ts';
import { assetPath } from '../host/paths.ts';
import { isRoot } from '../host/user.ts';
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
export interface Arena extends AsyncDisposable {
  /** The nonce of each kind of loot, by the id of the attempt that is after it. */
  readonly loot: Readonly<Record<string, string>>;
  /** The same attempts are made twice; each side has its own canary, so that it is known who was heard. */
  readonly open: Side;
  readonly bottle: Side;
}

export interface Side {
  /** A folder with the program of assets/demo; `targets.json` goes there. */
  readonly programDir: string;
  /** The folder around it, for what the program need not see. */
  readonly dir: string;
  readonly canary: Canary;
  readonly places: Places;
  /** How the process that the attempt `kill` is after has ended; undefined while it runs. */
  victimEnded(): string | undefined;
}

/** Lays all of it out. `attacker`: who the attempts run as on this host. */
export async function layOut(attacker: Owner): Promise<Arena> {
  await using cleanup = new Cleanup();
  const dir = await mkdtemp(join('/var/tmp', sweptName()));
  cleanup.defer(async () => await rm(dir, { recursive: true, force: true }));
  await chmod(dir, 0o755);
  const loot = {
    'read-file': makeLoot(),
    environment: makeLoot(),
    'proc-environ': makeLoot(),
    'proc-cmdline': makeLoot(),
  };
  const lootPath = join(await placeForLoot(dir), `.${sweptName()}${makeNonce()}`);
  cleanup.defer(async () => await rm(lootPath, { force: true }));
  await write(lootPath, loot['read-file']);
  const watched = { env: { BOT_BOTTLE_DEMO: loot['proc-environ'] }, argument: loot['proc-cmdline'] };
  const bystander = startVictim(attacker, watched);
  cleanup.defer(() => bystander.end());
  const layOne = async (name: string): Promise<Side> =>
    await laySide({ dir: join(dir, name), lootPath, attacker }, cleanup);
  const [open, bottle] = [await layOne('open'), await layOne('bottle')];
  const kept = new Cleanup();
  kept.takeOver(cleanup);
  return { loot, open, bottle, [Symbol.asyncDispose]: async () => await kept[Symbol.asyncDispose]() };
}

/** The user's home, where secrets are; but where it is closed to others and the attempts run as another, a folder that is not. */
async function placeForLoot(fallback: string): Promise<string> {
  return !isRoot() || (await isOpenToAll(homedir())) ? homedir() : fallback;
}

async function isOpenToAll(path: string): Promise<boolean> {
  const { mode } = await stat(path);
  return (mode & 0o001) !== 0 && (path === '/' || (await isOpenToAll(dirname(path))));
}

interface SideOptions {
  readonly dir: string;
  readonly lootPath: string;
  readonly attacker: Owner;
}

async function laySide({ dir, lootPath, attacker }: SideOptions, cleanup: Cleanup): Promise<Side> {
  const [programDir, dropDir] = [join(dir, 'program'), join(dir, 'drop')];
  await makeDir(dir, 0o755);
  await makeDir(dropDir, 0o1777);
  await cp(assetPath('demo'), programDir, { recursive: true });
  await chmod(programDir, 0o755);
  const socketPath = join(dir, 'engine.sock');
  const canary = await openCanary({ socketPath });
  cleanup.defer(async () => await canary[Symbol.asyncDispose]());
  const victim = startVictim(attacker);
  cleanup.defer(() => victim.end());
  const tmpPath = join('/tmp', `${sweptName()}${makeNonce()}`);
  cleanup.defer(async () => await rm(tmpPath, { force: true }));
  const places = { socketPath, lootPath, tmpPath, writePath: join(dropDir, 'written'), killPid: victim.pid };
  return { dir, programDir, canary, places, victimEnded: () => victim.ended() };
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
