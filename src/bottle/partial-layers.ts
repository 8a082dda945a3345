import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { removeTree } from '../host/files.ts';
import { cacheDir } from '../host/paths.ts';
import { isRunning } from '../host/processes.ts';
import { ownIdentity } from './journal.ts';

/** Agents' programs on their way into the cache: folders that are named after the process that installs. */

/** Where installed programs are kept. */
export const layersDir = (): string => join(cacheDir(), 'agents');

/** Where this process installs what will be `folder`. */
export function partialLayer(folder: string): string {
  const { pid, startTicks } = ownIdentity();
  return `${folder}.${pid}-${startTicks}.partial`;
}

/** Removes what killed installations left. Their bottles, which write there, must have been ended before. */
export async function removePartialLayers(): Promise<void> {
  for (const name of await readdir(layersDir()).catch(() => [])) {
    const [, pid, startTicks] = /\.(\d+)-(\d+)\.partial$/.exec(name) ?? [];
    if (pid === undefined || startTicks === undefined) continue;
    if (!isRunning({ pid: Number(pid), startTicks })) await removeTree(join(layersDir(), name));
  }
}
