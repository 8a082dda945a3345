import { attach, type Attached } from '../attached/attached.ts';
import { PROGRAM } from './cli.ts';

/**
 * Calls of nerdctl that stay connected, by pipes. With a terminal, nerdctl changes the host's terminal, and its exit
 * code tells nothing about the program's.
 */

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
