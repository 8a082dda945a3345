import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { geteuid } from 'node:process';
import { errnoOf } from '../../errors.ts';
import { removeBottle } from '../../bottle/teardown/end.ts';
import { readAll } from '../../bottle/state/store.ts';
import { removeTree } from '../../host/files.ts';
import { homeDir } from '../../host/paths.ts';
import { identify } from '../../host/processes.ts';

/** What an arena leaves outside of the state folder carries its process id, so that the next one removes what a crash left. */

/** Where arenas are. */
export const ARENAS = '/var/tmp';
const PREFIX = 'bot-bottle-arena-';
const PLACES = (): readonly string[] => ['/tmp', ARENAS, homeDir(), ...SYSTEM_PLACES];

/** Where what is planted is run or obeyed by the system: attempts are made on them, and what got through is removed. */
export const SYSTEM_PLACES = [
  '/etc',
  '/etc/profile.d',
  '/etc/cron.d',
  '/var/spool/cron/crontabs',
  '/etc/systemd/system',
  '/run/systemd/system',
  '/usr/local/bin',
  '/usr/bin',
  '/usr/lib',
] as const;

/** A name for something of this run, to be followed by what makes it unique. */
export const sweptName = (): string => `${PREFIX}${process.pid}-`;

/** Removes what the arenas of this user's processes that run no more have left: files, and bottles that worked on them. */
export async function sweep(): Promise<void> {
  for (const { id, workspace } of (await readAll()).records) {
    // A bottle with work in it is kept for its user; this one's project was an arena's.
    if (workspace.mode !== 'none' && isLeftProject(workspace.projectPath)) await removeBottle(id, true);
  }
  for (const place of PLACES()) {
    const names = await readdir(place).catch(() => []);
    for (const name of names) if (isLeft(name)) await removeOwn(join(place, name));
  }
}

/** Below a folder that `layOut` has made. */
function isLeftProject(path: string): boolean {
  const name = path.startsWith(`${ARENAS}/`) ? path.slice(ARENAS.length + 1).split('/')[0] : undefined;
  return name !== undefined && isLeft(name);
}

function isLeft(name: string): boolean {
  const pid = new RegExp(`^[.]?${PREFIX}(\\d+)-`).exec(name)?.[1];
  return pid !== undefined && identify(Number(pid)) === undefined;
}

/** In folders that others can write to: only what is this user's, and a link as the link that it is. */
async function removeOwn(path: string): Promise<void> {
  const stats = await lstat(path).catch((error: unknown) => {
    // Another one sweeps here, or its owner has removed it.
    if (errnoOf(error) !== 'ENOENT') throw error;
  });
  if (stats !== undefined && stats.uid === geteuid?.()) await removeTree(path);
}
