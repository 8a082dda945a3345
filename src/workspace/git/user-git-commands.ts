import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { foldersOfAll } from '../paths.ts';
import {
  expandedPath,
  readOwnSettings,
  userConfigFiles,
  userObeyedFiles,
  type OwnSetting,
} from './user-git.ts';
import { placer, type Named, type NamedIn, type Obeyed } from '../apply/project-paths.ts';
import { beginningOf, scriptAt } from '../executed/script.ts';

/** Finds out which of a project's files the user's git runs or obeys. Runs none of them. */

/** Settings whose value is or contains a command: git-config(1). */
const COMMANDS = [
  /^alias\./,
  /^(filter\..+\.(clean|smudge|process)|diff\..+\.(command|textconv)|diff\.external|merge\..+\.driver)$/,
  /^((merge|diff)tool\..+\.(cmd|path)|guitool\..+\.cmd|sequence\.editor|interactive\.difffilter|pager\..+)$/,
  /^core\.(fsmonitor|sshcommand|editor|pager|askpass|gitproxy|alternaterefscommand)$/,
  /^(credential\.(.+\.)?helper|gpg\.(.+\.)?(program|defaultkeycommand)|trailer\..+\.(cmd|command))$/,
  /^(uploadpack\.packobjectshook|remote\..+\.(uploadpack|receivepack)|tar\..+\.command|sendemail\..+)$/,
  /^(hook\..+\.command|submodule\..+\.update|(man|browser)\..+\.(cmd|path)|imap\.tunnel)$/,
];
/**
 * Settings whose value is a file that git obeys, or a folder of such files. The user's list of ignored names applies to
 * every project, and the hooks of a template run in the next clone.
 */
const OBEYED =
  /^(core\.(attributesfile|excludesfile)|include\.path|includeif\..+\.path|init\.templatedir|gpg\.ssh\.(allowedsigners|revocation)file)$/;

/**
 * Reads the repository that a project is in, the repositories in it that contain a change, and the user's settings.
 * @param changed paths relative to the project
 */
export async function readRunByGit(projectPath: string, changed: readonly string[]): Promise<NamedIn> {
  const tops = [
    ...above(projectPath),
    ...[...foldersOfAll(changed).keys()].map((folder) => join(projectPath, folder)),
  ];
  const gits = tops.flatMap((topPath) => gitAt(topPath) ?? []);
  const obeyedForUser = await userObeyedFiles();
  // The user's settings count even without a repository.
  const found = await Promise.all(
    (gits.length === 0 ? [noneAt(projectPath)] : gits).map(
      async (git) => await readOne(projectPath, git, obeyedForUser),
    ),
  );
  return { places: found.flatMap(({ places }) => places), texts: found.flatMap(({ texts }) => texts) };
}

/** The nearest folder with a repository, from the project's upwards; without one, the root folder. */
function above(projectPath: string): readonly string[] {
  for (let topPath = resolve(projectPath); ; topPath = dirname(topPath)) {
    if (gitAt(topPath) !== undefined || topPath === dirname(topPath)) return [topPath];
  }
}

interface GitPlaces {
  /** The top of the work tree, which may be above the project. */
  readonly topPath: string;
  readonly gitDir: string;
  readonly commonDir: string;
}

/** Finds a repository as git does: gitrepository-layout(5). Assumes that the user owns it and uses it with git. */
function gitAt(topPath: string): GitPlaces | undefined {
  const dotGit = join(topPath, '.git');
  const [, pointedAt] = /^gitdir: (.+)$/m.exec(beginningOf(dotGit)) ?? [];
  const gitDir = pointedAt === undefined ? dotGit : resolve(topPath, pointedAt);
  if (!existsSync(join(gitDir, 'HEAD'))) return undefined;
  const common = beginningOf(join(gitDir, 'commondir')).trim();
  return { topPath, gitDir, commonDir: common === '' ? gitDir : resolve(gitDir, common) };
}

function noneAt(topPath: string): GitPlaces {
  const gitDir = join(topPath, '.git');
  return { topPath, gitDir, commonDir: gitDir };
}

async function readOne(
  projectPath: string,
  git: GitPlaces,
  obeyedForUser: readonly string[],
): Promise<NamedIn> {
  const { topPath, gitDir, commonDir } = git;
  const placeOf = placer(projectPath);
  const ofRepository = [join(commonDir, 'config'), join(gitDir, 'config.worktree')];
  const ofUser = userConfigFiles().map((path) => resolve(topPath, path));
  const settings = await readOwnSettings(gitDir, [...ofUser, ...ofRepository]);
  const obeyed = await Promise.all(settings.map(async (setting) => await obeyedBy(setting, topPath)));
  const hookFolder = await hookFolderOf(git, settings);
  const hooks = hookFolder.flatMap(({ path }) => (path === undefined ? [] : hooksIn(path)));
  const origins = [...ofUser, ...ofRepository, ...settings.map(({ originPath }) => originPath)];
  return {
    places: [
      ...hookFolder.flatMap(placeOf),
      ...hooks.flatMap(({ path }) => placeOf({ path, why: 'a git hook leads here' })),
      ...obeyed.flat().flatMap(placeOf),
      ...[...new Set(origins)].flatMap((path) => placeOf({ path, why: 'git reads its settings from it' })),
      ...obeyedAlways(git, obeyedForUser).flatMap((path) =>
        placeOf({ path, why: 'git obeys it by its place' }),
      ),
    ],
    texts: [
      ...hooks.map(({ name, path }) => ({
        text: scriptAt(path),
        why: `the git hook ${name} has its name in it`,
      })),
      ...settings.flatMap(commandIn),
    ],
  };
}

/** Empty if hooks are switched off, which an empty setting does. */
async function hookFolderOf(
  { topPath, commonDir }: GitPlaces,
  settings: readonly OwnSetting[],
): Promise<readonly Obeyed[]> {
  const why = 'git takes its hooks from it';
  const set = settings.findLast(({ key }) => key === 'core.hookspath');
  if (set === undefined) return [{ path: join(commonDir, 'hooks'), why }];
  return set.value === '' ? [] : [await namedBy(set, topPath, why)];
}

/** Files that git obeys without a setting: gitrepository-layout(5), and the user's files. */
const obeyedAlways = (
  { topPath, commonDir }: GitPlaces,
  obeyedForUser: readonly string[],
): readonly string[] => [
  ...obeyedForUser.map((path) => resolve(topPath, path)),
  ...['exclude', 'attributes'].map((name) => join(commonDir, 'info', name)),
];

/** The file that a setting names. Includes are relative to the file that names them, others to the work tree. */
async function obeyedBy(setting: OwnSetting, topPath: string): Promise<readonly Obeyed[]> {
  const { key, value, originPath } = setting;
  if (!OBEYED.test(key) || value === '') return [];
  const from = key.startsWith('include') ? dirname(originPath) : topPath;
  return [await namedBy(setting, from, `git obeys it (${key})`)];
}

async function namedBy({ key, value }: OwnSetting, from: string, why: string): Promise<Obeyed> {
  const path = await expandedPath(value);
  return path === undefined
    ? { path, why: `git may obey it: it cannot be told where ${key} leads` }
    : { path: resolve(from, path), why };
}

const commandIn = ({ key, value }: OwnSetting): Named[] =>
  COMMANDS.some((command) => command.test(key))
    ? [{ text: value, why: `git runs what has its name (${key})` }]
    : [];

/** git runs no `*.sample`: githooks(5). */
const hooksIn = (dir: string): readonly { readonly name: string; readonly path: string }[] =>
  entriesOf(dir)
    .filter((name) => !name.endsWith('.sample'))
    .map((name) => ({ name, path: join(dir, name) }));

function entriesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
