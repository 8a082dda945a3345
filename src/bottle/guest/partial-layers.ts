import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDir } from '../../host/paths.ts';
import { ownIdentity, isRunning } from '../../host/processes.ts';

/** Agents' programs on their way into the cache: folders that are named after the process that installs. */

/** Where installed programs are kept. */
export const layersDir = (): string => join(cacheDir(), 'agents');

/** Where this process installs what will be `folder`. */
export function partialLayer(folder: string): string {
  const { pid, startTicks } = ownIdentity();
  return `${folder}.${pid}-${startTicks}.partial`;
}

/** The folders that killed installations left. Their bottles, which write there, must have ended before these are removed. */
export async function partialLayers(): Promise<string[]> {
  const names = await readdir(layersDir()).catch(() => []);
  const left = names.filter((name) => {
    const [, pid, startTicks] = /\.(\d+)-(\d+)\.partial$/.exec(name) ?? [];
    return pid !== undefined && startTicks !== undefined && !isRunning({ pid: Number(pid), startTicks });
  });
  return left.map((name) => join(layersDir(), name));
}
