import { attach, type Attached } from '../attached/attached.ts';
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

// Calls of Apple's client that stay connected, by pipes. Never by a terminal: the client sets the host's terminal
// wrongly (apple/container#2299), forwards no signal to a program on one, and loses output beyond 1 KiB (#1148).

/** Starts a container, connected to its first program. */
export const startAttached = (bottleId: string, name: string): Attached =>
  attach(bottleId, PROGRAM, startCall(name));

/** Starts another program in a container, as its root. */
export const execAttached = (bottleId: string, name: string, argv: readonly string[]): Attached =>
  attach(bottleId, PROGRAM, execCall(name, argv));

/** The command that starts a container. Pure. */
export const startCall = (name: string): readonly string[] => ['start', '--attach', '--interactive', name];

/**
 * The command that runs another program in a container. Never passes variables by `--env`, which does not replace
 * existing ones. Pure.
 */
export const execCall = (name: string, argv: readonly string[]): readonly string[] =>
  ['exec', '--interactive', '--uid', '0', '--gid', '0', '--workdir', '/', name].concat(argv);
