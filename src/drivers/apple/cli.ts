import { run, type RunOptions, type RunResult } from '../../host/run.ts';
import { failureOf } from './failures.ts';
import { containersIn, type SeenContainer } from './json/container.ts';

/** Calls of Apple's `container`, each with a deadline: the client has none itself. */

export const PROGRAM = 'container';

const DEADLINE_MS = 20_000;
/** The deadline for making or ending a machine. */
export const SLOW_MS = 60_000;

type Call = Pick<RunOptions, 'timeoutMs' | 'signal'>;

/** Calls it, and returns the result, even of a failure. */
export async function callContainer(args: readonly string[], call: Call = {}): Promise<RunResult> {
  return await run(PROGRAM, args, { timeoutMs: DEADLINE_MS, ...call });
}

/**
 * A call that must succeed; returns its output. `what` completes `did not ...`.
 * @throws BottleError `rungUnavailable`
 */
export async function container(what: string, args: readonly string[], call: Call = {}): Promise<string> {
  const result = await callContainer(args, call);
  call.signal?.throwIfAborted();
  if (result.exitCode === 0) return result.stdout;
  throw failureOf(result, { what, timeoutMs: call.timeoutMs ?? DEADLINE_MS });
}

/**
 * Finds a container by name; undefined if there is none. Uses the list, which behaves the same in every version:
 * `inspect` of a missing id prints an empty list and succeeds before 1.0, and fails since.
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
