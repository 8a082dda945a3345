import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { geteuid } from 'node:process';
import { errnoOf } from '../../errors.ts';
import { removeBottle } from '../../bottle/teardown/end.ts';
import { readAll } from '../../bottle/state/store.ts';
import { removeTree } from '../../host/files.ts';
import { homeDir } from '../../host/paths.ts';
import { identify } from '../../host/processes.ts';

/**
 * Everything that an arena creates outside the state folder carries its process id, so that a later run can remove it
 * after a crash.
 */

/** The folder that contains arenas. */
export const ARENAS = '/var/tmp';
const PREFIX = 'bot-bottle-arena-';
const PLACES = (): readonly string[] => ['/tmp', ARENAS, homeDir(), ...SYSTEM_PLACES];

/**
 * Folders whose files the system runs or obeys: attempts try to plant files there, and this removes those that
 * succeeded.
 */
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

/** Returns a name prefix for this run; the caller adds a unique part. */
export const sweptName = (): string => `${PREFIX}${process.pid}-`;

/** Removes what arenas of this user's ended processes left: files, and bottles that worked on them. */
export async function sweep(): Promise<void> {
  for (const { id, workspace } of (await readAll()).records) {
    // `gc` keeps a bottle with work for its user; this bottle's project was an arena's.
    if (workspace.mode !== 'none' && isLeftProject(workspace.projectPath)) await removeBottle(id, true);
  }
  for (const place of PLACES()) {
    const names = await readdir(place).catch(() => []);
    for (const name of names) if (isLeft(name)) await removeOwn(join(place, name));
  }
}

/** Returns whether the path is in an arena folder of a process that has ended. */
function isLeftProject(path: string): boolean {
  const name = path.startsWith(`${ARENAS}/`) ? path.slice(ARENAS.length + 1).split('/')[0] : undefined;
  return name !== undefined && isLeft(name);
}

function isLeft(name: string): boolean {
  const pid = new RegExp(`^[.]?${PREFIX}(\\d+)-`).exec(name)?.[1];
  return pid !== undefined && identify(Number(pid)) === undefined;
}

/** In folders that others can write to, removes only what this user owns; a link is removed, not followed. */
async function removeOwn(path: string): Promise<void> {
  const stats = await lstat(path).catch((error: unknown) => {
    // Another sweep, or its owner, has removed it.
    if (errnoOf(error) !== 'ENOENT') throw error;
  });
  if (stats !== undefined && stats.uid === geteuid?.()) await removeTree(path);
}
