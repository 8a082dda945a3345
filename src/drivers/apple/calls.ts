import { attach, type Attached } from '../attached/attached.ts';
import { PROGRAM } from './cli.ts';

/**
 * Calls of Apple's client that stay connected, by pipes. Never by a terminal: it sets that of the host wrongly (apple/container#2299),
 * forwards no signal to a program on one, and leaves out what is longer than 1 KiB (#1148).
 */

/** Starts a container that was made, connected with its first program. */
export const startAttached = (bottleId: string, name: string): Attached =>
  attach(bottleId, PROGRAM, startCall(name));

/** Starts another program in one, as root of it. */
export const execAttached = (bottleId: string, name: string, argv: readonly string[]): Attached =>
  attach(bottleId, PROGRAM, execCall(name, argv));

/** The command that starts one. Pure. */
export const startCall = (name: string): readonly string[] => ['start', '--attach', '--interactive', name];

/** The command that runs another program in it; variables never come by `--env`, which does not replace what is set. Pure. */
export const execCall = (name: string, argv: readonly string[]): readonly string[] =>
  ['exec', '--interactive', '--uid', '0', '--gid', '0', '--workdir', '/', name].concat(argv);
