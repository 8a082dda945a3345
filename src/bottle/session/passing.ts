import { isRunning, type ProcessIdentity } from '../../host/processes.ts';

/**
 * Folders of a bottle's or a look's on their way in or out: hidden, and named after the process that sees to them, so that there is no
 * moment at which a kill would leave a folder that says nothing.
 */

/** The name while it passes. */
export const passingName = ({ pid, startTicks }: ProcessIdentity, name: string): string =>
  `.passing-${pid}-${startTicks}-${name}`;

/** Whether a folder of this name passes, and nobody sees to it any more. */
export function isLeftPassing(name: string): boolean {
  const [, pid, startTicks] = /^\.passing-(\d+)-(\d+)-/.exec(name) ?? [];
  return pid !== undefined && startTicks !== undefined && !isRunning({ pid: Number(pid), startTicks });
}

/** Whether a folder of this name passes. */
export const isPassing = (name: string): boolean => name.startsWith('.passing-');
