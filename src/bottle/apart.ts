import { hasSidecar } from '../drivers/driver.ts';
import { BottleError } from '../errors.ts';
import { cacheDir, configDir, homeDirs, stateDir } from '../host/paths.ts';
import { liesIn, readSystemEntries, systemFoldersIn } from '../host/system/system-folders.ts';
import { escapeText } from '../ui/terminal/text.ts';
import { realPlace } from '../workspace/links/hops.ts';
import type { BottleRequest } from './request.ts';

/** Keeps the user's private folders apart from the system folders that bottles and gateways see. */

/** A folder that must not be visible in a bottle. `path` is a real path. */
export interface PrivatePlace {
  readonly what: string;
  readonly path: string;
  /** Whether a system folder may lie inside it: its private content then lies beside that system folder. */
  readonly mayHoldSystem: boolean;
}

/** The first place of which a system folder shows a part, with that folder; undefined if there is none. Pure. */
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
 * Refuses a start whose bottle, or whose gateway on this host, would see the user's home folder, project, or
 * bot-bottle's own files among the system folders.
 * @throws BottleError `policy`
 */
export function expectApart({ check, networkForm, workspace }: BottleRequest): void {
  if (check.rung.traits.needsImage && hasSidecar(networkForm)) return; // no file of this host is visible
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
