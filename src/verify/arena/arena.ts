import { chmod, mkdtemp, open, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Owner } from '../../drivers/driver.ts';
import { removeTree } from '../../host/files.ts';
import { homeDir } from '../../host/paths.ts';
import { isRoot } from '../../host/user.ts';
import { makeLeakWords, type LeakWords } from '../leaks/words.ts';
import type { FileLoot } from '../probes/probe.ts';
import type { Beyond } from './beyond/beyond.ts';
import type { Canary } from './listeners/canary.ts';
import type { Capture } from './listeners/capture.ts';
import { Cleanup } from './cleanup.ts';
import type { Collector } from './listeners/collector.ts';
import { launcherEnvironment, writeTrust } from './environment.ts';
import { createVoucher, type Lender } from './listeners/lender.ts';
import { layLoot, makeAllLoot, type Loot } from './loot.ts';
import { laySide } from './side.ts';
import { ARENAS, sweptName } from './sweep.ts';
import type { Places } from './targets.ts';
import { startVictim } from './victims.ts';

/**
 * Everything on the host that attacks try to find or reach. It is open to every user, so that the bottle stops an
 * attempt and not a file's mode. Disposal removes all of it.
 */
export interface Arena<SideName extends string> extends AsyncDisposable {
  readonly loot: Loot;
  /** The same attempts run on several sides; each side has a separate canary, so that a message identifies its side. */
  readonly sides: Readonly<Record<SideName, Side>>;
  /** The environment of a launcher, and an open descriptor of a deleted file. */
  readonly launcher: { readonly env: Readonly<Record<string, string>>; readonly descriptor: number };
}

export interface Side {
  /** A folder with the attack programs; `targets.json` goes there. */
  readonly programDir: string;
  /** Its parent folder, for files that the programs need not see. */
  readonly dir: string;
  readonly canary: Canary;
  readonly lender: Lender;
  readonly collector: Collector;
  /** Words in the programs' folder that must not be sent. */
  readonly leakWords: LeakWords;
  /** Shared by all sides; undefined without packet capture. */
  readonly capture: Capture | undefined;
  /** Shared by all sides; undefined without listeners beyond this host. */
  readonly beyond: Beyond | undefined;
  readonly places: Places;
  /** Returns how the target process of the attempt `kill` ended; undefined while it runs. */
  victimEnded(): string | undefined;
  /** Returns the watched programs that have changed. */
  touched(): Promise<readonly string[]>;
}

export interface ArenaPlan<SideName extends string> {
  /** The owner under which the attempts run on this host. */
  readonly attacker: Owner;
  readonly sides: readonly SideName[];
  /** Folders of `assets/` with attack programs. */
  readonly programs: readonly string[];
  /** The packet capture, if any. */
  readonly capture?: Capture;
  /** The listeners beyond this host, if any. */
  readonly beyond?: Beyond;
}

/** Creates the arena. */
export async function layOut<SideName extends string>(plan: ArenaPlan<SideName>): Promise<Arena<SideName>> {
  const { attacker } = plan;
  await using cleanup = new Cleanup();
  const dir = await mkdtemp(join(ARENAS, sweptName()));
  // A mounted project contains files that are hard to remove.
  cleanup.defer(async () => await removeTree(dir));
  await chmod(dir, 0o755);
  const loot = makeAllLoot();
  const lootPaths = await layLoot(loot, await placeForLoot(dir), cleanup);
  const bystanderPid = await startBystander({ attacker, loot, lootPaths }, cleanup);
  const inherited = await open(lootPaths.inherited);
  cleanup.defer(async () => await inherited.close());
  await rm(lootPaths.inherited);
  const voucher = createVoucher();
  const leakWords = makeLeakWords();
  const sides: [SideName, Side][] = [];
  for (const name of plan.sides) {
    const known = { lootPaths, voucher, secret: loot.secret, leakWords, bystanderPid };
    const options = { ...plan, dir: join(dir, name), ...known };
    sides.push([name, await laySide(options, cleanup)]);
  }
  const kept = new Cleanup();
  kept.takeOver(cleanup);
  const [first] = sides;
  if (first === undefined) throw new Error('an arena has a side');
  const env = launcherEnvironment(loot, first[1].places.sockets, writeTrust(dir, voucher.certificate));
  return {
    loot,
    sides: Object.fromEntries(sides) as Record<SideName, Side>,
    launcher: { env, descriptor: inherited.fd },
    [Symbol.asyncDispose]: async () => await kept[Symbol.asyncDispose](),
  };
}

/**
 * Returns the user's home, where secrets normally are; `fallback` if bot-bottle runs as root and others cannot enter
 * that home.
 */
async function placeForLoot(fallback: string): Promise<string> {
  return !isRoot() || (await isOpenToAll(homeDir())) ? homeDir() : fallback;
}

async function isOpenToAll(path: string): Promise<boolean> {
  const { mode } = await stat(path);
  return (mode & 0o001) !== 0 && (path === '/' || (await isOpenToAll(dirname(path))));
}

interface BystanderPlan {
  readonly attacker: Owner;
  readonly loot: Loot;
  readonly lootPaths: Readonly<Record<FileLoot, string>>;
}

/**
 * Starts a process of the attacker's user with loot in all its visible state; the file that it holds open is deleted.
 */
async function startBystander(
  { attacker, loot, lootPaths }: BystanderPlan,
  cleanup: Cleanup,
): Promise<number> {
  await using file = await open(lootPaths.openFile);
  const bystander = startVictim(attacker, {
    env: { BOT_BOTTLE_ARENA: loot.procEnviron },
    argument: loot.procCmdline,
    cwd: dirname(lootPaths.cwd),
    memory: loot.memory,
    descriptors: [file.fd],
  });
  cleanup.defer(() => bystander.end());
  await rm(lootPaths.openFile);
  return bystander.pid;
}
