import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDir } from '../../host/paths.ts';
import { ownIdentity, isRunning } from '../../host/processes.ts';

/** Folders of unfinished installations, named after the process that installs. */

/** Folder of the installed programs. */
export const layersDir = (): string => join(cacheDir(), 'agents');

/** The folder in which this process installs before it renames the result to `folder`. */
export function partialLayer(folder: string): string {
  const { pid, startTicks } = ownIdentity();
  return `${folder}.${pid}-${startTicks}.partial`;
}

/**
 * The folders that killed installations left. The caller removes them after the bottles that write there have ended.
 */
export async function partialLayers(): Promise<string[]> {
  const names = await readdir(layersDir()).catch(() => []);
  const left = names.filter((name) => {
    const [, pid, startTicks] = /\.(\d+)-(\d+)\.partial$/.exec(name) ?? [];
    return pid !== undefined && startTicks !== undefined && !isRunning({ pid: Number(pid), startTicks });
  });
  return left.map((name) => join(layersDir(), name));
}
