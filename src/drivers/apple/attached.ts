import type { Readable, Writable } from 'node:stream';
import { BOTTLE_ID_VARIABLE } from '../../host/processes.ts';
import { spawnProgram } from '../../host/run.ts';
import { PROGRAM } from './cli.ts';

/**
 * Apple's client, connected with a program in a machine by pipes. Never by a terminal: it sets that of the host wrongly (apple/container#2299),
 * forwards no signal to a program on one, and leaves out what is longer than 1 KiB (#1148).
 */

export interface Attached {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Settles with how the client ended. */
  readonly ended: Promise<string>;
  /** The last lines that came as errors: the client's, and the program's. */
  readonly complaints: () => readonly string[];
  /** Does without it from now on: it keeps this process from nothing. */
  readonly letGo: () => void;
  readonly kill: () => void;
}

/** Starts a container that was made, connected with its first program. */
export const startAttached = (bottleId: string, name: string): Attached => attach(bottleId, startCall(name));

/** Starts another program in one, as root of it. */
export const execAttached = (bottleId: string, name: string, argv: readonly string[]): Attached =>
  attach(bottleId, execCall(name, argv));

/** The command that starts one. Pure. */
export const startCall = (name: string): readonly string[] => ['start', '--attach', '--interactive', name];

/** The command that runs another program in it; variables never come by `--env`, which does not replace what is set. Pure. */
export const execCall = (name: string, argv: readonly string[]): readonly string[] =>
  ['exec', '--interactive', '--uid', '0', '--gid', '0', '--workdir', '/', name].concat(argv);

const KEPT_BYTES = 4_096;

function attach(bottleId: string, args: readonly string[]): Attached {
  const child = spawnProgram(PROGRAM, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    // A key at the user's terminal is for the program inside, and comes to it as a byte.
    detached: true,
    env: { [BOTTLE_ID_VARIABLE]: bottleId },
  });
  const { stdin, stdout, stderr } = child;
  if (stdin === null || stdout === null || stderr === null) throw new Error('no pipes');
  let said = '';
  stderr.setEncoding('utf8').on('data', (piece: string) => (said = (said + piece).slice(-KEPT_BYTES)));
  for (const stream of [stdin, stdout, stderr]) stream.on('error', () => undefined); // its end says more
  return {
    stdin,
    stdout,
    ended: new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`));
    }),
    complaints: () => said.trim().split('\n').filter(Boolean).slice(-8),
    letGo: () => {
      child.unref();
      for (const stream of [stdin, stdout, stderr]) (stream as Partial<{ unref(): void }>).unref?.();
    },
    kill: () => void child.kill('SIGKILL'),
  };
}
