import { appendFileSync, chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Targets } from '../arena/targets.ts';
import type { Attempt, Run } from '../probes/probe.ts';
import { NOT_MADE } from './wire.ts';

/** What is left in the workspace for the host to come upon. A path is relative to this user's corner of it. */

type Corner = Pick<Targets, 'workDir'>;

/** The whole path. */
export const inCorner = ({ workDir = '.' }: Corner, path: string): string => join(workDir, path);

/** Does it where there is room for it. @throws Error `NOT_MADE` when that cannot be: what was not left, nobody comes upon */
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

/** Writes a file of the workspace. Gives its path. @throws as `leftAt` */
export const leave = (corner: Corner, path: string, text: string | Buffer): string =>
  leftAt(corner, path, (whole) => writeFileSync(whole, text));

/** Writes a program there. @throws as `leftAt` */
export const leaveProgram = (corner: Corner, path: string, text: string): void =>
  chmodSync(leave(corner, path, text), 0o755);

/** Adds to a file that may be there. @throws as `leftAt` */
export const addTo = (corner: Corner, path: string, text: string): void =>
  void leftAt(corner, path, (whole) => appendFileSync(whole, text));

/** The name of a file that the host writes at the top of the workspace: folders below it are the bottle’s to swap. */
export const toldName = (nonce: string): string => `told-${nonce}`;

/** Where it is in the bottle. */
export const toldPath = (nonce: string): string => join('/work', toldName(nonce));

/** An honest change, which `diff` is to show and `apply` to bring back. */
const honestChange =
  (id: string): Attempt =>
  (t, nonce) =>
    void leave(t, `back/${id}.txt`, `${nonce}\n`);

/** Leaves something, mostly in a folder of the probe's own. */
export type Leaves = (t: Targets, nonce: string, id: string) => Promise<void> | void;

/** For what is to come back, or to act on the way: an honest change is beside it. */
export const leaving = (id: string, leaves: Leaves): Run => ({
  attack: (t, nonce) => leaves(t, nonce, id),
  control: honestChange(id),
});
