import { existsSync, readFileSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { BottleError } from '../errors.ts';
import { hostVariable } from './env.ts';

/** Folders on the host, by the XDG base directory specification. */

/**
 * The user's home folder: `HOME` if it is an absolute path, otherwise the entry of passwd(5).
 * @throws BottleError `usage` if there is neither: private files in it could not be kept out of a bottle
 */
export function homeDir(): string {
  const found = [homedir, () => userInfo().homedir].map(fullPath).find((path) => path !== undefined);
  if (found !== undefined) return found;
  throw new BottleError('usage', 'neither HOME nor the system says where your home folder is', {
    fix: 'set HOME to the full path of a folder of your own',
  });
}

/** All home folders of the user: from `HOME` and from passwd(5), if they differ. */
export const homeDirs = (): readonly string[] => [
  ...new Set([homeDir(), ...[() => userInfo().homedir].map(fullPath).filter((path) => path !== undefined)]),
];

function fullPath(ask: () => string): string | undefined {
  try {
    const said = ask();
    return isAbsolute(said) ? said : undefined;
  } catch {
    return undefined; // passwd(5) does not know this user
  }
}

/** Ignores a relative path: the specification says that "all paths must be absolute". */
function xdg(variable: string, fallback: string): string {
  const said = hostVariable(variable);
  const folder = said !== undefined && isAbsolute(said) ? said : join(homeDir(), fallback);
  return join(folder, 'bot-bottle');
}

/** Bottles, trust and receipts: `~/.local/state/bot-bottle`. */
export const stateDir = (): string => xdg('XDG_STATE_HOME', '.local/state');

/** Folder for everything that can be recreated: images, installed agents, results of checks: `~/.cache/bot-bottle`. */
export const cacheDir = (): string => xdg('XDG_CACHE_HOME', '.cache');

/** The user's own manifest: `~/.config/bot-bottle`. */
export const configDir = (): string => xdg('XDG_CONFIG_HOME', '.config');

/** The folder of the installed package (where package.json is), from sources and from dist alike. */
export function packageRoot(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`no package.json above ${import.meta.dirname}`);
    folder = parent;
  }
  return folder;
}

/** A file under `assets/` in the package. */
export const assetPath = (name: string): string => join(packageRoot(), 'assets', name);

/** The version of this package. */
export function packageVersion(): string {
  const text = readFileSync(join(packageRoot(), 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
