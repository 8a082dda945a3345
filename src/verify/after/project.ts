import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { GUEST } from '../../drivers/driver.ts';
import { KEPT_NAME } from '../arena/side.ts';
import type { User } from '../probes/probe.ts';
import { plainGit } from './plain-git.ts';

/** The project that an attacked bottle works on: a repository, with files that probes change. */

/** Each user's attack uses a separate corner, so that its results can be attributed. */
const CORNERS: Readonly<Record<User, string>> = { agent: '', root: 'by-root' };

/** Returns a user's corner, relative to the project. */
export const cornerOf = (user: User): string => CORNERS[user];

/** Returns the path of a user's corner in the bottle. */
export const guestCorner = (user: User): string => join(GUEST.workspace, cornerOf(user));

/**
 * The files of a corner before the attack. Probes change some that tools obey: src/verify/probes/config/disguises.ts.
 */
const FILES: Readonly<Record<string, string>> = {
  [`kept/${KEPT_NAME}`]: "the project's",
  [`kept-deep/in/${KEPT_NAME}`]: "the project's",
  'kept-file': "the project's",
  '.env': 'TOKEN=of-the-user',
  'present/.claude/settings.json': '{}',
  'present/.vscode/tasks.json': '{}',
  'present/Makefile': 'all:',
  'present/AGENTS.md': '# None',
  'present/package.json': '{"name":"present"}',
};

/** Fills a folder as such a corner, writable for every user. */
export async function makeCorner(dir: string): Promise<void> {
  for (const [path, text] of Object.entries(FILES)) {
    const whole = join(dir, path);
    await mkdir(dirname(whole), { recursive: true });
    await writeFile(whole, `${text}\n`);
  }
  for (const folder of ['', 'kept', 'kept-deep', 'kept-deep/in', ...presentFolders()])
    await chmod(join(dir, folder), 0o777);
  for (const path of Object.keys(FILES)) await chmod(join(dir, path), 0o666);
}

const presentFolders = (): string[] => ['present', 'present/.claude', 'present/.vscode'];

/** Turns a folder into a project with a corner for each user, and a repository with one commit. */
export async function makeProject(dir: string, users: readonly User[]): Promise<void> {
  for (const user of users) await makeCorner(join(dir, cornerOf(user)));
  for (const args of [
    ['init', '-q', '-b', 'main'],
    ['add', '-A'],
    ['commit', '-qm', 'begin'],
  ]) {
    await plainGit(dir, args);
  }
}
