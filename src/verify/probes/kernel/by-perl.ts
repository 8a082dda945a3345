import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Targets } from '../../arena/targets.ts';
import { guestProgram, NOT_MADE } from '../../guest/wire.ts';
import type { Run, Probe, Sign } from '../probe.ts';

/**
 * Node offers few system calls, so Perl makes them: kernel.pl runs as one process for each attempt, with the nonce in
 * its arguments, and keeps what it got until the host has seen it.
 */

/** Returns the common fields of all attempts on the kernel. `control`: the control's sign, if it differs. */
export const onKernel = (sign: Sign, control?: Sign) =>
  ({
    family: 'kernel',
    means: 'sharedKernel',
    oracle: { kind: 'process', sign, ...(control === undefined ? {} : { control }) },
    control: 'process',
  }) as const satisfies Partial<Probe>;

/** How long a process keeps what it got, in milliseconds: the host inspects it several times meanwhile. */
export const HELD_MS = 800;
/** Concurrency limit, because a bottle is small. */
const AT_ONCE = 24;
const DEADLINE_MS = 120_000;
/** Timeout of Perl, in milliseconds: an emulated machine reads the memory of all processes slowly. */
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

/** The names of controls in kernel.pl. */
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
 * Returns Perl's output if nothing stopped the attempt. `what`: the name of an attempt in kernel.pl.
 * @throws Error with what stopped it
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

/** Options of runs through Perl: they mostly wait for the host to inspect them. */
export const IN_TURN = { deadlineMs: DEADLINE_MS, queued: true } as const satisfies Partial<Run>;

/**
 * Returns a run of this attempt in kernel.pl; its control asks, in the same way, for something that every process may
 * have.
 */
export const byPerl = (what: string, own: Own): Run => ({
  ...IN_TURN,
  attack: (t, nonce) => askKernel(what, t, nonce),
  control: (t, nonce) => askKernel(own, t, nonce),
});
