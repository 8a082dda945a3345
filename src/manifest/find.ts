import { lstat, realpath } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { BottleError, errnoOf, reasonOf } from '../errors.ts';
import { configDir, homeDir } from '../host/paths.ts';
import { shellLine } from '../host/shell-words.ts';
import { loadManifest, type Manifest } from './load.ts';
import { readManifestFile } from './text/read.ts';

export const MANIFEST_NAME = 'bot-bottle.yaml';

/** Wrong names that users and editors give the file. */
const OTHER_NAMES = ['bot-bottle.yml', 'bot-bottle.json', '.bot-bottle.yaml', 'bottle.yaml'];

/** Returns the path of the user's own manifest, which applies in every project. */
export const userManifestPath = (): string => join(configDir(), MANIFEST_NAME);

/**
 * Returns the manifests that apply: the project's, with the user's own as its outer manifest, or one of them alone. A
 * named manifest (`--manifest FILE`) applies alone.
 * @throws BottleError `manifest`: there is none, or one is not valid
 */
export async function readManifests(projectDir: string, named?: string): Promise<Manifest> {
  const userPath = userManifestPath();
  if (named !== undefined)
    return await readOne(named, (await isSameFile(named, userPath)) ? 'user' : 'project');
  const user = (await exists(userPath)) ? await readOne(userPath, 'user') : undefined;
  const projectPath = join(projectDir, MANIFEST_NAME);
  if ((await exists(projectPath)) && !(await isSameFile(projectPath, userPath))) {
    return loadManifest(await readManifestFile(projectPath, 'project', shownAs(projectPath)), user);
  }
  if (user !== undefined) return user;
  throw await noManifest(projectDir, userPath);
}

const readOne = async (path: string, origin: 'user' | 'project'): Promise<Manifest> =>
  loadManifest(await readManifestFile(path, origin, shownAs(path)));

/**
 * Shortens a path for messages: relative if below the current folder, with `~` if below the home folder, otherwise
 * absolute.
 */
function shownAs(path: string): string {
  const fromHere = relative(process.cwd(), path);
  if (!fromHere.startsWith('..')) return fromHere;
  const fromHome = relative(homeDir(), path);
  return fromHome.startsWith('..') ? resolve(path) : join('~', fromHome);
}

/**
 * Whether an entry with this name exists, including a dangling link: bot-bottle must read what is there, not silently
 * skip it.
 */
async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw new BottleError('manifest', `${shownAs(path)} cannot be looked at: ${reasonOf(error)}`, {
      fix: `see that you may enter its folder: ls -ld ${shellLine([dirname(path)])}`,
      cause: error,
    });
  }
}

/**
 * Whether both paths name the same entry of the same folder. A link to the user's manifest is not the user's manifest.
 */
async function isSameFile(a: string, b: string): Promise<boolean> {
  const [placeA, placeB] = await Promise.all([a, b].map(realPlace));
  return placeA !== undefined && placeA === placeB;
}

async function realPlace(path: string): Promise<string | undefined> {
  try {
    return join(await realpath(dirname(path)), basename(path));
  } catch {
    return undefined;
  }
}

async function noManifest(projectDir: string, userPath: string): Promise<BottleError> {
  const others: string[] = [];
  for (const name of OTHER_NAMES) if (await exists(join(projectDir, name))) others.push(name);
  return new BottleError('manifest', 'there is no manifest', {
    details: [
      `looked for ${shownAs(join(projectDir, MANIFEST_NAME))}`,
      `looked for ${shownAs(userPath)}`,
      ...others.map((name) => `there is a ${name}; the name that counts is ${MANIFEST_NAME}`),
    ],
    fix: 'write one with: bot-bottle init',
  });
}
