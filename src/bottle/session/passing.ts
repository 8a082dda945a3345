import { isRunning, type ProcessIdentity } from '../../host/processes.ts';

/**
 * Names for folders of a bottle or a check that are being created or removed: hidden, and with the identity of the
 * process at work, so that a kill at any moment leaves a folder that can be recognised.
 */

/** The temporary name of a folder. */
export const passingName = ({ pid, startTicks }: ProcessIdentity, name: string): string =>
  `.passing-${pid}-${startTicks}-${name}`;

/** Whether a folder has a temporary name whose process no longer runs. */
export function isLeftPassing(name: string): boolean {
  const [, pid, startTicks] = /^\.passing-(\d+)-(\d+)-/.exec(name) ?? [];
  return pid !== undefined && startTicks !== undefined && !isRunning({ pid: Number(pid), startTicks });
}

/** Whether a folder has a temporary name. */
export const isPassing = (name: string): boolean => name.startsWith('.passing-');
