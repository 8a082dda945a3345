import { join } from 'node:path';
import { BottleError } from '../../errors.ts';
import { hostVariable } from '../../host/env.ts';
import { homeDir } from '../../host/paths.ts';
import { run, type RunResult } from '../../host/run.ts';
import { gitMissing, keyAndValue, nulSeparated } from './git.ts';

/** Reads the settings of the user's git. It only asks git for settings, and git runs nothing. */

/** A setting, and the file that contains it. */
export interface OwnSetting {
  readonly key: string;
  readonly value: string;
  readonly originPath: string;
}

/** The folder of the user's lists and settings, except `~/.gitconfig`: git-config(1), "FILES". */
const userFolder = (): string => join(hostVariable('XDG_CONFIG_HOME') ?? join(homeDir(), '.config'), 'git');

/** Returns the path of the user's list of ignored names if no setting names another: gitignore(5). */
export const usualExcludesFile = (): string => join(userFolder(), 'ignore');

/**
 * Returns the files of the user's settings in the order in which git reads them: two, unless a variable names another.
 */
export function userConfigFiles(): readonly string[] {
  const named = hostVariable('GIT_CONFIG_GLOBAL');
  return named === undefined ? [join(userFolder(), 'config'), join(homeDir(), '.gitconfig')] : [named];
}

/**
 * Returns the files that git obeys for the user, even if they do not exist yet: git-config(1), gitignore(5) and
 * gitattributes(5). Includes the system's files if git names them, which it does since 2.41.
 */
export async function userObeyedFiles(): Promise<readonly string[]> {
  const usual = ['config', 'ignore', 'attributes'].map((name) => join(userFolder(), name));
  const ofSystem = await Promise.all(
    ['GIT_CONFIG_SYSTEM', 'GIT_ATTR_SYSTEM'].map(
      async (name) => await run('git', ['var', name], { cwd: '/', env: systemEnvironment('/nonexistent') }),
    ),
  );
  const named = ofSystem.flatMap(({ exitCode, stdout }) => (exitCode === 0 ? stdout.split('\n') : []));
  return [...userConfigFiles(), ...usual, ...named.filter((path) => path !== '')];
}

/** The environment for a query about one repository, with the system's settings that a variable may name. */
function systemEnvironment(gitDir: string): Readonly<Record<string, string>> {
  const system = hostVariable('GIT_CONFIG_SYSTEM');
  return { GIT_DIR: gitDir, ...(system === undefined ? {} : { GIT_CONFIG_SYSTEM: system }) };
}

/** Variables that make the user's git read other configuration: git(1). */
const OF_CONFIGURATION = [
  'XDG_CONFIG_HOME',
  'GIT_CONFIG_GLOBAL',
  'GIT_CONFIG_SYSTEM',
  'GIT_CONFIG_NOSYSTEM',
] as const;

/** The environment for git to read what the user's git would read in a repository. */
const userEnvironment = (gitDir: string): Readonly<Record<string, string>> => ({
  GIT_DIR: gitDir,
  ...Object.fromEntries(
    OF_CONFIGURATION.flatMap((name) => {
      const value = hostVariable(name);
      return value === undefined ? [] : [[name, value] as const];
    }),
  ),
});

/**
 * Returns the settings that the user's git obeys in a repository: the system's, and those of `paths`, with everything
 * that they include there.
 * @param paths configuration files; the last one that has a setting wins
 * @throws BottleError `dependencyMissing` if git is not installed or does not end
 */
export async function readOwnSettings(
  gitDir: string,
  paths: readonly string[],
): Promise<readonly OwnSetting[]> {
  const env = systemEnvironment(gitDir);
  const command = ['--includes', '--show-origin', '--null', '--list'];
  const listed = async (scope: readonly string[], of: Readonly<Record<string, string>>): Promise<RunResult> =>
    await run('git', ['config', ...scope, ...command], { cwd: '/', env: of });
  const scopes = [['--system'], ...paths.map((path) => ['--file', path])];
  // Each file by itself, because an unreadable one hides the others; then all together, because some are included only
  // on conditions that other files set.
  const lists = await Promise.all([
    ...scopes.map(async (scope) => await listed(scope, env)),
    listed([], userEnvironment(gitDir)),
  ]);
  // A missing or unreadable file makes git exit with a code, as it would for the user. Without an exit code git
  // reported nothing.
  const unheard = lists.find(({ exitCode }) => exitCode === undefined);
  if (unheard !== undefined) throw gitMissing(unheard);
  return lists.flatMap(({ exitCode, stdout }) => (exitCode === 0 ? settingsWithOrigin(stdout) : []));
}

/** Returns a setting's path as git expands it; undefined if unknown. A relative path stays relative. */
export async function expandedPath(value: string): Promise<string | undefined> {
  if (value.startsWith('~/')) return join(homeDir(), value.slice(2));
  // The home of another user, or git's installation folder: only git can expand these.
  if (!value.startsWith('~') && !value.startsWith('%(')) return value;
  const asked = ['-c', `path.of=${value}`, 'config', '--type=path', '--null', '--get', 'path.of'];
  const env = { GIT_DIR: '/nonexistent', GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
  const { exitCode, stdout } = await run('git', asked, { cwd: '/', env });
  const [path] = nulSeparated(stdout);
  return exitCode === 0 ? path : undefined;
}

/** Parses alternating `file:PATH` and setting. */
function settingsWithOrigin(text: string): OwnSetting[] {
  const parts = nulSeparated(text);
  return Array.from({ length: Math.floor(parts.length / 2) }, (_, index) => {
    const [key, value] = keyAndValue(parts[2 * index + 1] ?? '');
    return { key, value, originPath: (parts[2 * index] ?? '').replace(/^file:/, '') };
  });
}

/**
 * Returns the path that the user's or the system's configuration sets; `''` if it is set to no path, undefined if it is
 * not set.
 * @param gitDir a repository whose settings, and the user's conditional settings for it, count too
 * @throws BottleError `dependencyMissing` if git is not installed or cannot read its settings
 */
export async function readUserPath(name: string, gitDir = '/nonexistent'): Promise<string | undefined> {
  const command = ['config', '--type=path', '--includes', '--null', '--get', name];
  const result = await run('git', command, { cwd: '/', env: userEnvironment(gitDir) });
  if (result.exitCode === undefined) throw gitMissing(result);
  if (result.exitCode === NOT_SET) return undefined;
  if (result.exitCode === 0) return nulSeparated(result.stdout)[0] ?? '';
  throw new BottleError('dependencyMissing', `git could not read what its settings have for ${name}`, {
    details: result.stderr.trim().split('\n').slice(-4),
    fix: `mend what it names; git config --get ${name} says the same`,
  });
}

/** git-config(1): "the section or key is invalid". */
const NOT_SET = 1;
