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
 * What lies about on the host to be found, and where: made open to every user, so that what stops an attempt is the
 * bottle and not a file's mode. All of it is removed at the end.
 */
export interface Arena<SideName extends string> extends AsyncDisposable {
  readonly loot: Loot;
  /** The same attempts are made several times; each side has its own canary, so that it is known who was heard. */
  readonly sides: Readonly<Record<SideName, Side>>;
  /** What a launcher is started with: variables, and a descriptor of a file that is its own. */
  readonly launcher: { readonly env: Readonly<Record<string, string>>; readonly descriptor: number };
}

export interface Side {
  /** A folder with the programs that attack; `targets.json` goes there. */
  readonly programDir: string;
  /** The folder around it, for what the program need not see. */
  readonly dir: string;
  readonly canary: Canary;
  readonly lender: Lender;
  readonly collector: Collector;
  /** What lies in its programs' folder and is not to be sent. */
  readonly leakWords: LeakWords;
  /** Of all sides; undefined where nobody looks at packets. */
  readonly capture: Capture | undefined;
  /** Of all sides too; undefined where nobody was asked to listen beyond this host. */
  readonly beyond: Beyond | undefined;
  readonly places: Places;
  /** How the process that the attempt `kill` is after has ended; undefined while it runs. */
  victimEnded(): string | undefined;
  /** The watched programs that have been changed. */
  touched(): Promise<readonly string[]>;
}

export interface ArenaPlan<SideName extends string> {
  /** Who the attempts run as on this host. */
  readonly attacker: Owner;
  readonly sides: readonly SideName[];
  /** Folders of `assets/` whose programs attack. */
  readonly programs: readonly string[];
  /** Looks at packets, where somebody does. */
  readonly capture?: Capture;
  /** Listens beyond this host, where somebody does. */
  readonly beyond?: Beyond;
}

/** Lays all of it out. */
export async function layOut<SideName extends string>(plan: ArenaPlan<SideName>): Promise<Arena<SideName>> {
  const { attacker } = plan;
  await using cleanup = new Cleanup();
  const dir = await mkdtemp(join(ARENAS, sweptName()));
  // A mounted project has in it what is hard to remove.
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

/** The user's home, where secrets are; but where it is closed to others and the attempts run as another, a folder that is not. */
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

/** A process of the user's with loot in all that can be seen of it; the file that it has open is there no more. */
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
