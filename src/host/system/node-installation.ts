import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheDir, homeDir, stateDir } from '../paths.ts';
import { liesIn, readSystemEntries, systemFoldersIn } from './system-folders.ts';

/** The part of the host that a sandbox shows read-only, so that a Node outside the system folders runs in it. */

export interface NodeShare {
  /** The installation's folder, or only the program. */
  readonly hostPath: string;
  /** Its place below the sandbox's folder for the installation; the program is at `/bin/node` below that. */
  readonly below: '' | '/bin/node';
}

/** Facts about the installed Node, with real paths. */
export interface NodePlace {
  readonly nodePath: string;
  /** Whether `include/node` lies beside the program's folder: true for an installation, not for a copied program. */
  readonly hasHeaders: boolean;
  /** Paths that the share must not contain. */
  readonly privatePaths: readonly string[];
  /** The folders that every sandbox shows. */
  readonly systemFolders: readonly string[];
}

/**
 * The part of Node to show: undefined if it lies in a system folder, which is visible anyway; otherwise the folder of
 * its installation, such as `~/.nvm/versions/node/v20.20.2`. If that folder is not Node's alone, or lies at or above a
 * private path, only the program. Pure.
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
 * The same for a program of this host. Private are the home folder, and the state and cache folders, which contain the
 * sockets of bottles.
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
