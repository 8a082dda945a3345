import { attach, type Attached } from '../attached/attached.ts';
import { PROGRAM } from './cli.ts';

/** Calls of nerdctl that stay connected, by pipes: with a terminal it sets that of the host, and its own exit code says nothing of the program's. */

/** The command that runs another program in a machine, as root of it. Pure. */
export const execCall = (name: string, argv: readonly string[]): readonly string[] =>
  ['exec', '--interactive', '--user', '0:0', '--workdir', '/', name].concat(argv);

/** The command that asks a machine about itself, as its first program's user. Its input must stay open: the end of input ends output. Pure. */
export const askCall = (name: string, argv: readonly string[]): readonly string[] =>
  ['exec', '--interactive', name].concat(argv);

/** The command that starts one. Pure. */
export const startCall = (name: string): readonly string[] => ['start', name];

/** Starts another program in one, connected. */
export const execAttached = (bottleId: string, name: string, argv: readonly string[]): Attached =>
  attach(bottleId, PROGRAM, execCall(name, argv));
