import { BOTTLE_ID_VARIABLE } from '../../host/processes.ts';
import { run, type RunOptions, type RunResult } from '../../host/run.ts';
import { failureOf } from './failures.ts';
import { containerIn, type SeenContainer } from './native.ts';

/** Calls of nerdctl, each with a deadline: it waits for containerd, and for shims, as long as they take. */

export const PROGRAM = 'nerdctl';

export const DEADLINE_MS = 20_000;
/** A machine that is being made or ended. */
export const SLOW_MS = 60_000;

type Call = Pick<RunOptions, 'timeoutMs' | 'signal' | 'env' | 'keepsInputOpen'>;

/** What has a client that makes something found with the bottle: it goes on when its launcher is killed. */
export const madeFor = (bottleId: string): Pick<RunOptions, 'env'> => ({
  env: { [BOTTLE_ID_VARIABLE]: bottleId },
});

/** Calls it, and gives whatever came of it. */
export async function callNerdctl(args: readonly string[], call: Call = {}): Promise<RunResult> {
  return await run(PROGRAM, args, { timeoutMs: DEADLINE_MS, ...call });
}

/** A call that must succeed; gives what it printed. `what` completes `did not ...`. @throws BottleError `rungUnavailable` */
export async function nerdctl(what: string, args: readonly string[], call: Call = {}): Promise<string> {
  const result = await callNerdctl(args, call);
  call.signal?.throwIfAborted();
  if (result.exitCode === 0) return result.stdout;
  throw failureOf(result, { what, timeoutMs: call.timeoutMs ?? DEADLINE_MS });
}

/** The command that shows a container whole. Of the mode that is like Docker's, much of the confinement is left out. Pure. */
export const inspectCall = (name: string): readonly string[] => [
  'container',
  'inspect',
  '--mode=native',
  name,
];

/** pkg/idutil/containerwalker/containerwalker.go. */
const MISSING = /no such container/i;

/** What is known of a container; undefined where there is none of this name. @throws BottleError `rungUnavailable` */
export async function findContainer(name: string, call: Call = {}): Promise<SeenContainer | undefined> {
  const result = await callNerdctl(inspectCall(name), call);
  call.signal?.throwIfAborted();
  if (result.exitCode !== 0 && MISSING.test(result.stderr)) return undefined;
  const seen = result.exitCode === 0 ? containerIn(result.stdout) : undefined;
  if (seen !== undefined) return seen;
  throw failureOf(result, {
    what: `show the container ${name}`,
    timeoutMs: call.timeoutMs ?? DEADLINE_MS,
  });
}
