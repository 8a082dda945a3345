import { statSync } from 'node:fs';
import { liesIn, systemFoldersIn } from '../../host/system/system-folders.ts';
import type { BottleSpec, Mount } from '../driver.ts';
import type { HostFacts } from '../sandbox/facts.ts';
import { HOST_FILES } from './etc.ts';

/**
 * Sorts the host's folders in a bottle by how sockets in them are blocked: by an overlay, or by one search at the
 * start.
 */
export interface ShownFolders {
  /** Guest paths of the host's folders that are mounted through an overlay (sandbox/overlays.ts). */
  readonly overlaid: readonly string[];
  /**
   * Folders that cannot have an overlay: the agent writes to them, they contain another mount, or bot-bottle still
   * fills them.
   */
  readonly searched: readonly Mount[];
}

/** Sorts the folders that the bottle's plan will mount, by their state on this host now. */
export function readShownFolders(
  { mounts, runDir }: Pick<BottleSpec, 'mounts' | 'runDir'>,
  { system, node }: Pick<HostFacts, 'system' | 'node'>,
): ShownFolders {
  const ofHost = [...HOST_FILES.map(sameInside), ...(node === undefined ? [] : [node])];
  const shown = [...ofHost, ...mounts.filter(({ isSocket }) => isSocket !== true)];
  const folders = shown.filter(({ hostPath }) => isFolder(hostPath));
  const canCover = ({ hostPath, guestPath, readOnly }: Mount): boolean =>
    readOnly &&
    !liesIn(hostPath, runDir) &&
    !mounts.some((other) => other.guestPath !== guestPath && liesIn(other.guestPath, guestPath));
  return {
    overlaid: [...systemFoldersIn(system), ...folders.filter(canCover).map(({ guestPath }) => guestPath)],
    searched: folders.filter((folder) => !canCover(folder)),
  };
}

const sameInside = (path: string): Mount => ({ hostPath: path, guestPath: path, readOnly: true });

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
