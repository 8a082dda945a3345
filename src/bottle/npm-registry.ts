import { askClient } from '../manifest/presets.ts';

/**
 * The URL of the registry that this host's npm is configured with, path included: what npm in a bottle must use as well.
 * @throws BottleError `dependencyMissing` when npm cannot be asked
 */
export async function npmRegistry(): Promise<string> {
  return (await askClient('npm', ['npm', 'config', 'get', 'registry'])).trim();
}
