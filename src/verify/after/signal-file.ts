import { closeSync, constants, fchmodSync, openSync, writeFileSync } from 'node:fs';
import { BottleError, errnoOf, reasonOf } from '../../errors.ts';
import { Tree } from '../../workspace/tree.ts';
import { runBeside } from '../../bottle/session/beside.ts';
import type { BottleRecord } from '../../bottle/state/record.ts';
import { toldName, toldPath } from '../guest/work.ts';

/** Timeout of the program in the bottle that writes the file, in milliseconds. */
const INSIDE_MS = 5_000;

const NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/**
 * Writes a new file with the nonce into the workspace of a running bottle; a probe waits for that file. The bottle can
 * also write there, and bot-bottle may run as root, so this follows no link and overwrites nothing (docs/adr/0051).
 * @param workspacePath the folder on this host; the path to it is trusted
 * @throws BottleError `verifyFailed` when the bottle has put something in its place
 */
export function writeSignalFile(workspacePath: string, nonce: string): void {
  using tree = new Tree(workspacePath);
  const path = tree.locate(toldName(nonce));
  if (path === undefined) throw new Error(`no name for a file: ${toldName(nonce)}`);
  const fd = openNew(path);
  try {
    // Ignores the umask, because root in a bottle can read only what everybody can.
    fchmodSync(fd, 0o644);
    writeFileSync(fd, nonce);
  } finally {
    closeSync(fd);
  }
}

const INSIDE = 'umask 022; set -C; printf %s "$0" >"$1"';

/**
 * Does the same as `writeSignalFile`, but with a program in the bottle, for rungs that share no folder. Does nothing if
 * the bottle has ended.
 * @throws the signal's reason
 */
export async function writeSignalFileInside(
  record: BottleRecord,
  nonce: string,
  signal: AbortSignal,
): Promise<void> {
  const argv = ['sh', '-c', INSIDE, nonce, toldPath(nonce)];
  await runBeside(record, { argv, asRoot: false, input: '', deadlineMs: INSIDE_MS, signal }).catch(
    (error: unknown) => {
      if (!(error instanceof BottleError)) throw error;
    },
  );
}

function openNew(path: string): number {
  try {
    return openSync(path, NEW, 0o600);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
    throw new BottleError('verifyFailed', `the bottle is in the way of a probe: ${reasonOf(error)}`, {
      fix: 'look at what else runs in this bottle; nothing was written',
      cause: error,
    });
  }
}
