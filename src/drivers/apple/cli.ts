import { clientOf, DEADLINE_MS, type Call } from '../attached/client.ts';
import { attach, type Attached } from '../attached/attached.ts';
import { CLIENT } from './failures.ts';
import { containersIn, type SeenContainer } from './json/container.ts';

/** Calls of Apple's `container`, each with a deadline: the client has none itself. */

export const PROGRAM = CLIENT.program;

export const { call: callContainer, expect: container, failureOf, knownFailure } = clientOf(CLIENT);

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
