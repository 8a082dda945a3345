import { join } from 'node:path';
import { BottleError } from '../../errors.ts';
import { hostVariable } from '../../host/env.ts';
import { homeDir } from '../../host/paths.ts';
import { run, type RunResult } from '../../host/run.ts';
import { gitMissing, keyAndValue, nulSeparated } from './git.ts';

/** What the user's own git is told by its settings. It is asked for these and for nothing else, and runs nothing. */

/** A setting, and the file that it stands in. */
export interface OwnSetting {
  readonly key: string;
  readonly value: string;
  readonly originPath: string;
}

/** Where the user's own lists and settings are, but for `~/.gitconfig`: git-config(1), "FILES". */
const userFolder = (): string => join(hostVariable('XDG_CONFIG_HOME') ?? join(homeDir(), '.config'), 'git');

/** The user's own list of ignored names, where no setting names another: gitignore(5). */
export const usualExcludesFile = (): string => join(userFolder(), 'ignore');

/** The files of the user's settings, in the order in which git reads them: both, unless a variable names another. */
export function userConfigFiles(): readonly string[] {
  const named = hostVariable('GIT_CONFIG_GLOBAL');
  return named === undefined ? [join(userFolder(), 'config'), join(homeDir(), '.gitconfig')] : [named];
}

/**
 * The files that git obeys for the user, whether they are there or not, and whatever is in them: git-config(1), gitignore(5) and
 * gitattributes(5). Of the system's, those that git names, which it does since 2.41.
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

/** Of a git that is asked about one repository, with the settings of the system that a variable may name. */
function systemEnvironment(gitDir: string): Readonly<Record<string, string>> {
  const system = hostVariable('GIT_CONFIG_SYSTEM');
  return { GIT_DIR: gitDir, ...(system === undefined ? {} : { GIT_CONFIG_SYSTEM: system }) };
}

/** Variables by which a user's own git reads other configuration than it would: git(1). */
const OF_CONFIGURATION = [
  'XDG_CONFIG_HOME',
  'GIT_CONFIG_GLOBAL',
  'GIT_CONFIG_SYSTEM',
  'GIT_CONFIG_NOSYSTEM',
] as const;

/** Of a git that is to read what the user's own would in a repository. */
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
 * The settings that the user's own git obeys in a repository: this host's, and those of these files, with all that they include there.
 * @param paths from which the last one counts
 * @throws BottleError `dependencyMissing` where git is not installed, or does not end
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
  // Each by itself, as one that cannot be read hides the others; and all of them, as some are included only by what others have.
  const lists = await Promise.all([
    ...scopes.map(async (scope) => await listed(scope, env)),
    listed([], userEnvironment(gitDir)),
  ]);
  // Where there is no such file, or git cannot read it, it ends with a code, and so would the user's own; one without a code told nothing.
  const unheard = lists.find(({ exitCode }) => exitCode === undefined);
  if (unheard !== undefined) throw gitMissing(unheard);
  return lists.flatMap(({ exitCode, stdout }) => (exitCode === 0 ? settingsWithOrigin(stdout) : []));
}

/** A path that a setting names, as git takes it; undefined where that cannot be told. One that is not full stays so. */
export async function expandedPath(value: string): Promise<string | undefined> {
  if (value.startsWith('~/')) return join(homeDir(), value.slice(2));
  // Of another user, or of where git is installed: git alone knows.
  if (!value.startsWith('~') && !value.startsWith('%(')) return value;
  const asked = ['-c', `path.of=${value}`, 'config', '--type=path', '--null', '--get', 'path.of'];
  const env = { GIT_DIR: '/nonexistent', GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
  const { exitCode, stdout } = await run('git', asked, { cwd: '/', env });
  const [path] = nulSeparated(stdout);
  return exitCode === 0 ? path : undefined;
}

/** `file:PATH`, and the setting, in turn. */
function settingsWithOrigin(text: string): OwnSetting[] {
  const parts = nulSeparated(text);
  return Array.from({ length: Math.floor(parts.length / 2) }, (_, index) => {
    const [key, value] = keyAndValue(parts[2 * index + 1] ?? '');
    return { key, value, originPath: (parts[2 * index] ?? '').replace(/^file:/, '') };
  });
}

/**
 * A path that the user's own configuration sets, or the system's; `''`: to none. Undefined where it is not set.
 * @param gitDir of a repository, whose settings and those that the user has for it count too
 * @throws BottleError `dependencyMissing` where git is not installed, or cannot read its settings
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
