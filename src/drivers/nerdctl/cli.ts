import { clientOf, DEADLINE_MS, type Call } from '../attached/client.ts';
import { attach, type Attached } from '../attached/attached.ts';
import { BOTTLE_ID_VARIABLE } from '../../host/processes.ts';
import type { RunOptions } from '../../host/run.ts';
import { CLIENT } from './failures.ts';
import { containerIn, type SeenContainer } from './native.ts';

/** Calls of nerdctl, each with a deadline: nerdctl itself waits for containerd and shims without one. */

export const PROGRAM = CLIENT.program;

/** Options that mark a client as the bottle's, so that removal finds it: it goes on when its launcher is killed. */
export const madeFor = (bottleId: string): Pick<RunOptions, 'env'> => ({
  env: { [BOTTLE_ID_VARIABLE]: bottleId },
});

export const { call: callNerdctl, expect: nerdctl, failureOf } = clientOf(CLIENT);

/** The command that shows all of a container. The Docker-like mode omits much of the confinement. Pure. */
export const inspectCall = (name: string): readonly string[] => [
  'container',
  'inspect',
  '--mode=native',
  name,
];

/** pkg/idutil/containerwalker/containerwalker.go. */
const MISSING = /no such container/i;

/** Finds a container by name; undefined if there is none. @throws BottleError `rungUnavailable` */
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

// Calls of nerdctl that stay connected, by pipes. With a terminal, nerdctl changes the host's terminal, and its exit
// code tells nothing about the program's.

/** The command that runs another program in a machine, as its root. Pure. */
export const execCall = (name: string, argv: readonly string[]): readonly string[] =>
  ['exec', '--interactive', '--user', '0:0', '--workdir', '/', name].concat(argv);

/**
 * The command that asks a machine about itself, as its first program's user. Its input must stay open: the end of input
 * ends the output. Pure.
 */
export const askCall = (name: string, argv: readonly string[]): readonly string[] =>
  ['exec', '--interactive', name].concat(argv);

/** The command that starts a machine. Pure. */
export const startCall = (name: string): readonly string[] => ['start', name];

/** Starts another program in a machine, connected. */
export const execAttached = (bottleId: string, name: string, argv: readonly string[]): Attached =>
  attach(bottleId, PROGRAM, execCall(name, argv));
