import { BottleError } from '../../errors.ts';
import { run, type RunResult } from '../../host/run.ts';
import type { Setting } from './git-config.ts';

/**
 * Runs git with every feature switched off by which a repository or a tree can make it run a program, read elsewhere or
 * prompt. git reads a repository that we made, and of the tree only the names and the `.gitignore` files.
 */

/** See git(1), "Environment Variables", and gitattributes(5). */
const NEUTRAL_ENVIRONMENT: Readonly<Record<string, string>> = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_ATTR_NOSYSTEM: '1',
  GIT_NO_LAZY_FETCH: '1',
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_TERMINAL_PROMPT: '0',
  GIT_PAGER: 'cat',
  LC_ALL: 'C',
};

/** Overrides for configuration that does not come from us. */
const NEUTRAL_SETTINGS = [
  'core.fsmonitor=false',
  'core.hooksPath=/dev/null',
  'core.attributesFile=/dev/null',
  'core.untrackedCache=false',
  'core.quotePath=false',
  'protocol.allow=never',
];

const TIMEOUT_MS = 300_000;
/** Largest output of git, in bytes. More ends git. */
export const MOST_GIT_SAYS_BYTES = 256 * 1024 ** 2;

export interface NeutralGit {
  /** A repository that only bot-bottle has written. */
  readonly gitDir: string;
  readonly workTree: string;
  /** The folder in the work tree that the command is about; default: the whole work tree. */
  readonly folder?: string;
  /** The user's list of ignored names for all repositories. */
  readonly excludesFile?: string | undefined;
  /** Default: 5 minutes. */
  readonly timeoutMs?: number;
  /** Default: 256 MiB. */
  readonly maxOutputBytes?: number;
  /** As in `RunOptions`. */
  readonly encoding?: 'latin1';
}

/**
 * Runs git neutrally. The caller checks the exit code.
 * @throws BottleError `dependencyMissing` if git is not installed or does not end in time
 */
export async function neutralGit(
  where: NeutralGit,
  command: readonly string[],
  input?: string,
): Promise<RunResult> {
  const result = await neutralGitInTime(where, command, input);
  if (result.timedOut) throw gitMissing(result);
  return result;
}

/**
 * Runs git neutrally. The caller checks `timedOut` and the exit code.
 * @throws BottleError `dependencyMissing` if git is not installed
 */
export async function neutralGitInTime(
  where: NeutralGit,
  command: readonly string[],
  input?: string,
): Promise<RunResult> {
  const settings = [...NEUTRAL_SETTINGS, `core.excludesFile=${where.excludesFile ?? '/dev/null'}`];
  const result = await run(
    'git',
    [
      ...settings.flatMap((setting) => ['-c', setting]),
      `--git-dir=${where.gitDir}`,
      `--work-tree=${where.workTree}`,
      ...command,
    ],
    {
      env: NEUTRAL_ENVIRONMENT,
      cwd: where.folder ?? where.workTree,
      timeoutMs: where.timeoutMs ?? TIMEOUT_MS,
      maxOutputBytes: where.maxOutputBytes ?? MOST_GIT_SAYS_BYTES,
      ...(input === undefined ? {} : { input }),
      ...(where.encoding === undefined ? {} : { encoding: where.encoding }),
    },
  );
  if (result.notFound) throw gitMissing(result);
  return result;
}

/** Returns the error for a git that is not installed or does not end in time. */
export function gitMissing(result: RunResult): BottleError {
  return new BottleError(
    'dependencyMissing',
    `git ${result.notFound ? 'is not installed' : 'did not end in time'}`,
    {
      details: ['a copied workspace needs git, to know which files are ignored'],
      fix: 'install git, or use `workspace: none`',
    },
  );
}

/** Splits the output of a command with `-z`. */
export const nulSeparated = (text: string): string[] => text.split('\0').filter((part) => part !== '');

/**
 * Returns the entries of a configuration file as key and value; a key without a value gets 'true'. Follows no includes.
 * @param text the file's content: git opens no file, so it follows no link in its place
 * @throws BottleError `dependencyMissing` if git is not installed
 */
export async function readConfig(text: Uint8Array): Promise<readonly (readonly [string, string])[]> {
  const result = await run('git', ['config', '--file', '-', '--no-includes', '--null', '--list'], {
    env: { ...NEUTRAL_ENVIRONMENT, GIT_DIR: '/nonexistent' },
    cwd: '/',
    input: text,
  });
  if (result.notFound) throw gitMissing(result);
  return result.exitCode === 0 ? nulSeparated(result.stdout).map(keyAndValue) : [];
}

/** Parses one entry of `--null --list`. */
export function keyAndValue(entry: string): Setting {
  const newline = entry.indexOf('\n');
  return newline < 0 ? [entry, 'true'] : [entry.slice(0, newline), entry.slice(newline + 1)];
}
