import { spawnSync } from 'node:child_process';
import { hasFault, type Settings } from '../settings.ts';
import type { Size } from '../machine/guest-process.ts';
import { Failure } from '../failure.ts';

/** The terminal that this program is called on. */

export const ownSize = (): Size | undefined =>
  process.stdout.isTTY ? { columns: process.stdout.columns, rows: process.stdout.rows } : undefined;

/**
 * Makes it raw, for what is both interactive and on a terminal of the guest's; gives what sets it back. Node leaves the processing of
 * output on, as containerization's Terminal.setraw does up to 1.4.1 (apple/container #2299): a bare newline goes to column 0.
 * @throws Failure where standard input is none
 */
export function makeRaw(settings: Settings): () => void {
  if (!process.stdin.isTTY) throw new Failure('internalError', 'failed to create process: notATerminal');
  process.stdin.setRawMode(true);
  if (hasFault(settings, 'clears-opost'))
    spawnSync('stty', ['-opost'], { stdio: ['inherit', 'ignore', 'ignore'] });
  return () => void process.stdin.setRawMode(false);
}

/** Tells of each size that it has from now on. */
export function onResize(tell: (size: Size) => void): void {
  process.on('SIGWINCH', () => {
    const size = ownSize();
    if (size !== undefined) tell(size);
  });
}
