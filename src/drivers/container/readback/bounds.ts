import { setTimeout as sleep } from 'node:timers/promises';
import { BottleError } from '../../../errors.ts';
import { controlGroupOf } from '../../../host/process/control-groups.ts';
import { hasSwap } from '../../../host/system/kernel-file.ts';
import { boundFiles, confirmMostFiles, mostFilesIn } from '../../most-files.ts';
import { folderFaults, readFolders, type FolderReading, type FolderSizes } from '../../own-folders.ts';
import type { Connection } from '../engine/engine.ts';
import { knownFix } from '../fixes.ts';
import { groupFaults, readGroupBounds, withoutSwap, type GroupReading } from './group-bounds.ts';
import type { ContainerPlan } from '../body/hardening.ts';
import { factsOfRuntime } from '../rungs.ts';
import { folderSizesIn } from '../body/tmpfs.ts';

/** Confirms the resources of a container from the kernel's own files, as far as the kernel is the host's. */

const BY_ITS_WORD = 'by the engine’s word alone: no kernel that can be asked from here holds them';

/**
 * Confirms that a container that runs no code of the agent yet has the planned bounds, and no more. Returns evidence
 * for the receipt. `pid`: the host's pid of its first process.
 * @throws BottleError `rungUnavailable` on any difference
 */
export async function confirmBounds(
  connection: Connection,
  plan: ContainerPlan,
  pid: number,
): Promise<Readonly<Record<string, string>>> {
  const { hasHostGroups, sharesKernel } = factsOfRuntime(connection.runtime);
  const read = hasHostGroups
    ? readGroupBounds(plan.limits, (controller) => controlGroupOf(pid, controller))
    : [];
  const readings = hasSwap() ? read : withoutSwap(read);
  const sizes = folderSizesIn(plan);
  const faults = [...groupFaults(readings), ...folderFaults(await foldersOf(pid, sizes), sizes)];
  if (faults.length > 0) throw refusal(faults);
  const mostFiles = mostFilesIn(sizes);
  if (plan.boundsFiles === true && !connection.body.tmpfsBoundsFiles) await boundFiles(pid, mostFiles);
  confirmMostFiles(pid, mostFiles);
  return {
    ...(hasHostGroups ? Object.fromEntries(readings.map(toEvidence)) : { limits: BY_ITS_WORD }),
    folders: sharesKernel ? 'a tmpfs each, of the sizes that were asked for' : BY_ITS_WORD,
  };
}

const TRIES = 40;
const BETWEEN_TRIES_MS = 25;

/**
 * Reads the folders. Waits until their sizes can be read: an engine returns from `start` before execve(2), and until
 * then an ordinary user may not look below /proc/PID/root, proc(5).
 */
async function foldersOf(pid: number, sizes: FolderSizes): Promise<FolderReading> {
  for (let tries = 1; ; tries += 1) {
    const reading = readFolders(pid, Object.keys(sizes));
    const isRead = reading.folders.every(({ sizeBytes }) => sizeBytes !== undefined);
    if (isRead || tries === TRIES) return reading;
    await sleep(BETWEEN_TRIES_MS);
  }
}

const toEvidence = ({ what, source, found }: GroupReading): [string, string] => [
  what,
  `${found} (${source})`,
];

const refusal = (details: readonly string[]): BottleError =>
  new BottleError('rungUnavailable', 'the kernel does not enforce the bottle’s limits', {
    details,
    fix: knownFix(details.join('\n')) ?? 'bot-bottle doctor shows what else this host can run it on',
  });
