/** What is left in the workspace for the host to come upon. A path is relative to this user's corner of it. */
import { appendFileSync, chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Writes a file of the workspace. */
export function leave({ workDir }, path, text) {
  const whole = join(workDir, path);
  mkdirSync(dirname(whole), { recursive: true });
  writeFileSync(whole, text);
  return whole;
}

/** Writes a program there. */
export const leaveProgram = (t, path, text) => chmodSync(leave(t, path, text), 0o755);

/** Adds to a file that may be there. */
export function addTo({ workDir }, path, text) {
  const whole = join(workDir, path);
  mkdirSync(dirname(whole), { recursive: true });
  appendFileSync(whole, text);
}

/** An honest change, which `diff` is to show and `apply` to bring back. */
export const honestChange = (id) => async (t, nonce) => void leave(t, `back/${id}.txt`, `${nonce}\n`);
