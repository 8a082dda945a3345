import { run, type RunOptions, type RunResult } from '../../host/run.ts';
import { failureOf } from './failures.ts';
import { containersIn, type SeenContainer } from './json/container.ts';

/** Calls of Apple's `container`, each with a deadline: none of its own has one. */

export const PROGRAM = 'container';

const DEADLINE_MS = 20_000;
/** A machine that is being made or ended. */
export const SLOW_MS = 60_000;

type Call = Pick<RunOptions, 'timeoutMs' | 'signal'>;

/** Calls it, and gives whatever came of it. */
export async function callContainer(args: readonly string[], call: Call = {}): Promise<RunResult> {
  return await run(PROGRAM, args, { timeoutMs: DEADLINE_MS, ...call });
}

/** A call that must succeed; gives what it printed. `what` completes `did not ...`. @throws BottleError `rungUnavailable` */
export async function container(what: string, args: readonly string[], call: Call = {}): Promise<string> {
  const result = await callContainer(args, call);
  call.signal?.throwIfAborted();
  if (result.exitCode === 0) return result.stdout;
  throw failureOf(result, { what, timeoutMs: call.timeoutMs ?? DEADLINE_MS });
}

/**
 * What is known of a container; undefined where there is none of this name. Asked by the list, which has it or has not, in every
 * version: `inspect` of a missing id is an empty list and success before 1.0, and a failure since.
 * @throws BottleError `rungUnavailable`
 */
export async function findContainer(name: string, call: Call = {}): Promise<SeenContainer | undefined> {
  const said = await container('list its containers', ['ls', '--all', '--format', 'json'], call);
  const all = containersIn(said);
  if (all === undefined)
    throw failureOf(
      { exitCode: 0, stdout: said.slice(0, 400), stderr: '', timedOut: false, notFound: false },
      { what: 'list its containers as JSON', timeoutMs: DEADLINE_MS },
    );
  return all.find(({ id }) => id === name);
}
