import { attach, type Attached } from '../attached/attached.ts';
import { PROGRAM } from './cli.ts';

/**
 * Calls of Apple's client that stay connected, by pipes. Never by a terminal: the client sets the host's terminal
 * wrongly (apple/container#2299), forwards no signal to a program on one, and loses output beyond 1 KiB (#1148).
 */

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
