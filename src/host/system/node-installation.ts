import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheDir, homeDir, stateDir } from '../paths.ts';
import { liesIn, readSystemEntries, systemFoldersIn } from './system-folders.ts';

/** How much of the host is shown, read-only, so that a Node outside of the system's folders runs in a sandbox. */

export interface NodeShare {
  /** The installation's folder, or the program alone. */
  readonly hostPath: string;
  /** Where that goes, below the folder that stands for the installation inside; the program is at `/bin/node` below it. */
  readonly below: '' | '/bin/node';
}

/** What is known of Node, in real paths. */
export interface NodePlace {
  readonly nodePath: string;
  /** Whether `include/node` lies beside the program's folder: an installation has it, a copied program does not. */
  readonly hasHeaders: boolean;
  /** What must not come along with it. */
  readonly privatePaths: readonly string[];
  /** The folders that each sandbox shows. */
  readonly systemFolders: readonly string[];
}

/**
 * What to show of Node: nothing where it lies in a folder of the system, which is shown anyway; else the folder that its
 * installation fills, such as `~/.nvm/versions/node/v20.20.2`. Where that is not Node's alone, or is or holds what is
 * private, the program alone. Pure.
 */
export function nodeShareOf(place: NodePlace): NodeShare | undefined {
  const { nodePath, hasHeaders, privatePaths } = place;
  if (place.systemFolders.some((folder) => liesIn(nodePath, folder))) return undefined;
  const prefix = dirname(dirname(nodePath));
  const isInstallation = hasHeaders && nodePath === join(prefix, 'bin', 'node');
  const holdsPrivate = privatePaths.some((path) => liesIn(path, prefix === '/' ? '' : prefix));
  return isInstallation && !holdsPrivate
    ? { hostPath: prefix, below: '' }
    : { hostPath: nodePath, below: '/bin/node' };
}

/**
 * The same for a program of this host. The home folder, and those of state and cache, where the sockets of bottles lie,
 * are private.
 */
export function readNodeShare(
  executable: string,
  privatePaths: readonly string[] = [homeDir(), stateDir(), cacheDir()],
): NodeShare | undefined {
  const nodePath = realpathSync(executable);
  return nodeShareOf({
    nodePath,
    hasHeaders: existsSync(join(dirname(dirname(nodePath)), 'include', 'node')),
    privatePaths: privatePaths.flatMap((path) => (existsSync(path) ? [path, realpathSync(path)] : [path])),
    systemFolders: systemFoldersIn(readSystemEntries()),
  });
}
