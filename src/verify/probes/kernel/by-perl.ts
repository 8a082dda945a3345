import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Targets } from '../../arena/targets.ts';
import { guestProgram, NOT_MADE } from '../../guest/wire.ts';
import type { Run } from '../probe.ts';

/**
 * Node has few of the kernel's calls, so perl makes them: kernel.pl, one process for each attempt, which carries the nonce in
 * its arguments and holds what it got until the host has seen it.
 */

/** The host looks several times in this. */
export const HELD_MS = 800;
/** So many at a time: a bottle is small. */
const AT_ONCE = 24;
const DEADLINE_MS = 120_000;
/** An emulated machine takes long to read the memory of all of them. */
const PERL_DEADLINE_MS = 30_000;

let free = AT_ONCE;
const waiting: (() => void)[] = [];

async function inTurn<Value>(make: () => Promise<Value>): Promise<Value> {
  if (free > 0) free -= 1;
  else await new Promise<void>((resolve) => waiting.push(resolve));
  try {
    return await make();
  } finally {
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  }
}

/** What it is asked for in a control. */
type Own =
  | 'own-name'
  | 'own-eventfd'
  | 'own-device'
  | 'own-kernel-file'
  | 'own-program'
  | 'own-pidfd'
  | 'own-limit'
  | 'own-nice'
  | 'own-policy'
  | 'own-oom-score'
  | 'own-personality'
  | 'own-page'
  | 'own-socket';

/**
 * What perl said when nothing stood in its way. `what`: an attempt by its name in kernel.pl.
 * @throws Error with what stood in its way
 */
export async function askKernel(
  what: string,
  { bystanderPid }: Pick<Targets, 'bystanderPid'>,
  nonce: string,
): Promise<string> {
  const argv = [guestProgram('kernel.pl'), what, nonce, String(HELD_MS / 1_000), String(bystanderPid)];
  const options = { timeout: PERL_DEADLINE_MS, killSignal: 'SIGKILL' } as const;
  const { stdout } = await inTurn(() => promisify(execFile)('perl', argv, options)).catch(() => {
    throw new Error(NOT_MADE);
  });
  const said = stdout.trim();
  if (said === '') throw new Error('it was ended');
  if (/nothing in its way$|was run$/.test(said)) return said;
  throw new Error(said);
}

/** How what asks perl is made: most of it is waiting for the host to look. */
export const IN_TURN = { deadlineMs: DEADLINE_MS, queued: true } as const satisfies Partial<Run>;

/** The attempt of this name in kernel.pl; and the same perl, asking for what every process may have. */
export const byPerl = (what: string, own: Own): Run => ({
  ...IN_TURN,
  attack: (t, nonce) => askKernel(what, t, nonce),
  control: (t, nonce) => askKernel(own, t, nonce),
});
