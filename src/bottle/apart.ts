import { hasSidecar } from '../drivers/driver.ts';
import { BottleError } from '../errors.ts';
import { cacheDir, configDir, homeDirs, stateDir } from '../host/paths.ts';
import { liesIn, readSystemEntries, systemFoldersIn } from '../host/system/system-folders.ts';
import { escapeText } from '../ui/terminal/text.ts';
import { realPlace } from '../workspace/links/hops.ts';
import type { BottleRequest } from './request.ts';

/** Folders of the user's that must be kept apart from the folders of the system, which bottles and gateways see. */

/** A folder that must not show. The path is a real one. */
export interface PrivatePlace {
  readonly what: string;
  readonly path: string;
  /** A folder of the system may lie in it: what is private of it lies beside that. */
  readonly mayHoldSystem: boolean;
}

/** Which folder of the system shows a place, or a part of it; undefined where all are kept apart. Pure. */
export function showingOf(
  places: readonly PrivatePlace[],
  systemFolders: readonly string[],
): { readonly place: PrivatePlace; readonly folder: string } | undefined {
  for (const place of places) {
    const folder = systemFolders.find(
      (system) => liesIn(place.path, system) || (!place.mayHoldSystem && liesIn(system, place.path)),
    );
    if (folder !== undefined) return { place, folder };
  }
  return undefined;
}

/**
 * Refuses a start whose bottle, or whose gateway on this host, would see the user's home folder, project, or bot-bottle's own
 * files among the folders of the system. @throws BottleError `policy`
 */
export function expectApart({ check, networkForm, workspace }: BottleRequest): void {
  if (check.rung.traits.needsImage && hasSidecar(networkForm)) return; // nothing of this host is shown
  const found = showingOf(
    [
      ...homeDirs().map((path) => ({ what: 'your home folder', path: realPlace(path), mayHoldSystem: true })),
      ...[stateDir(), configDir(), cacheDir()].map((path) => ({
        what: 'bot-bottle’s own folder',
        path: realPlace(path),
        mayHoldSystem: true,
      })),
      ...(workspace.mode === 'none'
        ? []
        : [{ what: 'the project', path: realPlace(workspace.projectPath), mayHoldSystem: false }]),
    ],
    systemFoldersIn(readSystemEntries()),
  );
  if (found === undefined) return;
  const { place, folder } = found;
  throw new BottleError('policy', `${place.what}, ${escapeText(place.path)}, shows in ${folder}`, {
    details: ['bottles and gateways see that folder of the system, so it cannot be kept from them'],
    fix: `move it, or name another, outside of ${folder}`,
  });
}
