import { appendFileSync, chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Targets } from '../arena/targets.ts';
import type { Attempt, Run } from '../probes/probe.ts';
import { NOT_MADE } from './wire.ts';

/** Files left in the workspace for the host to come across. Paths are relative to this user's corner of it. */

type Corner = Pick<Targets, 'workDir'>;

/** Returns the whole path. */
export const inCorner = ({ workDir = '.' }: Corner, path: string): string => join(workDir, path);

/**
 * Creates the folder and calls `act`. @throws Error `NOT_MADE` when that fails: nobody comes across a file that was not
 * left
 */
function leftAt(corner: Corner, path: string, act: (whole: string) => void): string {
  const whole = inCorner(corner, path);
  try {
    mkdirSync(dirname(whole), { recursive: true });
    act(whole);
  } catch (cause) {
    throw new Error(NOT_MADE, { cause });
  }
  return whole;
}

/** Writes a file into the workspace, and returns its path. @throws as `leftAt` */
export const leave = (corner: Corner, path: string, text: string | Buffer): string =>
  leftAt(corner, path, (whole) => writeFileSync(whole, text));

/** Writes a program into the workspace. @throws as `leftAt` */
export const leaveProgram = (corner: Corner, path: string, text: string): void =>
  chmodSync(leave(corner, path, text), 0o755);

/** Appends to a file that may already exist. @throws as `leftAt` */
export const addTo = (corner: Corner, path: string, text: string): void =>
  void leftAt(corner, path, (whole) => appendFileSync(whole, text));

/**
 * Returns the name of a file that the host writes at the top of the workspace: the bottle could swap any folder below
 * it.
 */
export const toldName = (nonce: string): string => `told-${nonce}`;

/** Returns its path in the bottle. */
export const toldPath = (nonce: string): string => join('/work', toldName(nonce));

/** Makes an honest change, which `diff` must show and `apply` must bring back. */
const honestChange =
  (id: string): Attempt =>
  (t, nonce) =>
    void leave(t, `back/${id}.txt`, `${nonce}\n`);

/** Leaves something, usually in a folder of the probe. */
export type Leaves = (t: Targets, nonce: string, id: string) => Promise<void> | void;

/** Returns a run whose attack leaves something, and whose control makes an honest change beside it. */
export const leaving = (id: string, leaves: Leaves): Run => ({
  attack: (t, nonce) => leaves(t, nonce, id),
  control: honestChange(id),
});
