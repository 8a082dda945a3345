import { lstatSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import type { Setting } from './git-config.ts';
import { readOwnSettings } from './git.ts';
import { comparable } from './paths.ts';

/**
 * What the user's own git runs of a project's files: hooks that lie among them, or lead there, and what its configuration names. An agent
 * that may change such a file has its next words run by `git commit`.
 */

export interface RunByGit {
  /** Of the project, as it calls them: the file, or all that is in the folder. */
  readonly places: readonly Named[];
  /** Commands and hooks, in which names may stand. */
  readonly texts: readonly Named[];
}

interface Named {
  readonly text: string;
  readonly why: string;
}

/** Why git runs or obeys what is at a path of the project; undefined where it does not, as far as can be seen. Pure. */
export function runsByGit({ places, texts }: RunByGit): (path: string) => string | undefined {
  const inPlace = places.map(({ text, why }) => ({ place: comparable(text), why }));
  const names = new Map(texts.flatMap(({ text, why }) => namesIn(text).map((name) => [name, why] as const)));
  return (path) => {
    const name = comparable(path);
    const of = inPlace.find(({ place }) => place === '' || name === place || name.startsWith(`${place}/`));
    return of?.why ?? names.get(basename(name));
  };
}

/** Quotes, and what else ends a word for a shell. */
const ENDS_OF_WORDS = /[\s"'`;|&()<>=$\\{}]+/;
const SHORTEST_NAME = 3;

/** The last parts of all that may be a path: where it begins is known to who runs it only. */
const namesIn = (text: string): readonly string[] =>
  text
    .split(ENDS_OF_WORDS)
    .map((word) => comparable(basename(word)))
    .filter((name) => name.length >= SHORTEST_NAME);

/** Settings whose value is a command, or has one in it: git-config(1). */
const COMMANDS = [
  /^alias\./,
  /^(filter\..+\.(clean|smudge|process)|diff\..+\.(command|textconv)|diff\.external|merge\..+\.driver)$/,
  /^((merge|diff)tool\..+\.cmd|core\.(fsmonitor|sshcommand|editor|pager|askpass|gitproxy)|sequence\.editor)$/,
  /^(credential\.(.+\.)?helper|gpg\.(.+\.)?program|pager\..+|interactive\.difffilter|trailer\..+\.(cmd|command))$/,
  /^(uploadpack\.packobjectshook|remote\..+\.(uploadpack|receivepack)|hook\..+\.command|submodule\..+\.update)$/,
];
/** Settings whose value is a file that git obeys. */
const OBEYED = /^(core\.attributesfile|include\.path|includeif\..+\.path)$/;

/** Looks at the repository that a project is in, and at the user's own settings. Runs nothing of them. */
export async function readRunByGit(projectPath: string): Promise<RunByGit> {
  const found = findGit(projectPath);
  if (found === undefined) return { places: [], texts: [] };
  const { topPath, gitDir, commonDir } = found;
  const placeOf = placer(projectPath);
  const files = [join(commonDir, 'config'), join(gitDir, 'config.worktree')];
  const settings = await readOwnSettings(gitDir, files);
  const hooksPath = settings.findLast(([key]) => key === 'core.hookspath')?.[1];
  const hooksDir = hooksPath === undefined ? join(commonDir, 'hooks') : resolve(topPath, expanded(hooksPath));
  const hooks = readHooks(hooksDir);
  return {
    places: [
      ...placeOf(hooksDir, 'git takes its hooks from it'),
      ...hooks.leadsTo.flatMap((path) => placeOf(path, 'a git hook leads here')),
      ...settings.flatMap(([key, value]) =>
        OBEYED.test(key) ? placeOf(resolve(commonDir, expanded(value)), `git obeys it (${key})`) : [],
      ),
    ],
    texts: [...hooks.texts, ...settings.flatMap(commandIn)],
  };
}

const commandIn = ([key, value]: Setting): Named[] =>
  COMMANDS.some((command) => command.test(key))
    ? [{ text: value, why: `git runs what has its name (${key})` }]
    : [];

const expanded = (path: string): string => (path.startsWith('~/') ? join(homedir(), path.slice(2)) : path);

/** Where a path lies in the project, by its own name and by where that leads; nothing where it lies elsewhere. */
function placer(projectPath: string): (path: string, why: string) => Named[] {
  const tops = [resolve(projectPath), real(projectPath)];
  return (path, why) => {
    const inside = [path, real(path)].flatMap((one) => tops.map((top) => relative(top, one)));
    return [...new Set(inside.filter(isBelow))].map((text) => ({ text, why }));
  };
}

const isBelow = (path: string): boolean => path !== '..' && !path.startsWith('../') && !isAbsolute(path);

/** What is not there has its own name. */
function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

interface Hooks {
  readonly leadsTo: readonly string[];
  readonly texts: readonly Named[];
}

const MAX_HOOK_BYTES = 256 * 1024;

/** git runs no `*.sample`: githooks(5). */
function readHooks(hooksDir: string): Hooks {
  const names = entriesOf(hooksDir).filter((name) => !name.endsWith('.sample'));
  const files = names.map((name) => ({ name, path: join(hooksDir, name) }));
  return {
    leadsTo: files.filter(({ path }) => lstatSync(path).isSymbolicLink()).map(({ path }) => real(path)),
    texts: files.map(({ name, path }) => ({
      text: beginningOf(path),
      why: `the git hook ${name} has its name in it`,
    })),
  };
}

function entriesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function beginningOf(path: string): string {
  try {
    return readFileSync(path).subarray(0, MAX_HOOK_BYTES).toString('latin1');
  } catch {
    return ''; // a folder, or a link to nothing
  }
}

interface GitPlaces {
  /** The top of the work tree, which may be above the project. */
  readonly topPath: string;
  readonly gitDir: string;
  readonly commonDir: string;
}

/** As git finds it: gitrepository-layout(5). Its owner is the user, whose own git would take it. */
function findGit(projectPath: string): GitPlaces | undefined {
  for (let topPath = resolve(projectPath); ; topPath = dirname(topPath)) {
    const gitDir = gitDirAt(topPath);
    if (gitDir !== undefined) return { topPath, gitDir, commonDir: commonDirOf(gitDir) };
    if (topPath === dirname(topPath)) return undefined;
  }
}

function gitDirAt(topPath: string): string | undefined {
  const dotGit = join(topPath, '.git');
  const [, pointedAt] = /^gitdir: (.+)$/m.exec(beginningOf(dotGit)) ?? [];
  const gitDir = pointedAt === undefined ? dotGit : resolve(topPath, pointedAt);
  return entriesOf(gitDir).includes('HEAD') ? gitDir : undefined;
}

function commonDirOf(gitDir: string): string {
  const path = beginningOf(join(gitDir, 'commondir')).trim();
  return path === '' ? gitDir : resolve(gitDir, path);
}
