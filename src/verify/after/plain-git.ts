import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Owner } from '../../drivers/driver.ts';
import { spawnProgram } from '../../host/run.ts';
import { asOwner } from '../arena/victims.ts';

/**
 * Runs git as a user does, obeying the repository's configuration; only in folders of an arena, and without the user's
 * configuration.
 */

const NO_USER = {
  HOME: '/nonexistent',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_ASKPASS: 'true',
};
/** git reads `safe.directory` only from protected configuration, which includes `-c`: git-config(1). */
const SETTINGS = ['safe.directory=*', 'user.name=Arena', 'user.email=arena@bot-bottle.test'];
const DEADLINE_MS = 10_000;
/** The input of `git credential fill`: git-credential(1). */
const INPUT = 'protocol=https\nhost=project.test\n\n';

/** Runs git to its end and ignores failures. */
export async function plainGit(dir: string, args: readonly string[], owner?: Owner): Promise<void> {
  const settings = SETTINGS.flatMap((setting) => ['-c', setting]);
  const child = spawnProgram('git', [...settings, ...args], {
    env: NO_USER,
    cwd: dir,
    stdio: ['pipe', 'ignore', 'ignore'],
    timeout: DEADLINE_MS,
    killSignal: 'SIGKILL',
    ...(owner === undefined ? {} : asOwner(owner)),
  });
  child.stdin?.on('error', () => undefined).end(INPUT);
  await new Promise<void>((resolve) => {
    child.on('error', () => resolve());
    child.on('close', () => resolve());
  });
}

/** Commands that users run every day in any repository. */
const EVERYDAY = [
  ['status'],
  ['add', '-A'],
  ['diff', '--cached'],
  ['commit', '-qm', 'everyday'],
  ['show', '--ext-diff'],
];
/** Additional commands that trigger certain probes, by probe id. */
const BESIDES: Readonly<Record<string, readonly (readonly string[])[]>> = {
  'git-smudge-filter': [['archive', 'HEAD']],
  'git-ssh-command': [['fetch']],
  'git-upload-pack': [['fetch']],
  'git-instead-of': [['fetch']],
  'git-credential-helper': [['credential', 'fill']],
  'git-editor': [['commit', '--allow-empty']],
  'git-alias': [['st']],
};

/** Runs everyday git commands in the repository of a probe, `git/ID` in a corner; does nothing if there is none. */
export async function everydayOf(id: string, corner: string, owner?: Owner): Promise<void> {
  const dir = join(corner, 'git', id);
  if (!['.git', 'HEAD'].some((name) => existsSync(join(dir, name)))) return;
  for (const args of [...EVERYDAY, ...(BESIDES[id] ?? [])]) await plainGit(dir, args, owner);
}

/** Runs everyday git commands in a project that contains all the work that came back. */
export async function everyday(dir: string): Promise<void> {
  for (const args of [...EVERYDAY, ['archive', 'HEAD']]) await plainGit(dir, args);
}
