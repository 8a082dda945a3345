import { closeSync, constants, fchmodSync, openSync, writeFileSync } from 'node:fs';
import { BottleError, reasonOf } from '../../errors.ts';
import { Tree } from '../../workspace/tree.ts';
import { toldName } from '../guest/work.ts';

const NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/**
 * Puts a word in the workspace of a bottle that runs, for what waits in it. We may be root, and the bottle can write there:
 * a new file in a folder that is held open, or nothing (docs/adr/0051).
 * @param workspacePath the folder on this host; the path to it is trusted
 * @throws BottleError `verifyFailed` where the bottle has put something in its place
 */
export function tell(workspacePath: string, nonce: string): void {
  using tree = new Tree(workspacePath);
  const path = tree.locate(toldName(nonce));
  if (path === undefined) throw new Error(`no name for a file: ${toldName(nonce)}`);
  const fd = openNew(path);
  try {
    // Whatever the umask: root in a bottle reads no more than everybody.
    fchmodSync(fd, 0o644);
    writeFileSync(fd, nonce);
  } finally {
    closeSync(fd);
  }
}

function openNew(path: string): number {
  try {
    return openSync(path, NEW, 0o600);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    throw new BottleError('verifyFailed', `the bottle is in the way of a probe: ${reasonOf(error)}`, {
      fix: 'look at what else runs in this bottle; nothing was written',
      cause: error,
    });
  }
}
