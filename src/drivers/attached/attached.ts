import type { Readable, Writable } from 'node:stream';
import { BOTTLE_ID_VARIABLE } from '../../host/processes.ts';
import { spawnProgram } from '../../host/run.ts';

/** An engine's client, connected by pipes to a program in a machine. A terminal is inside the machine (session.ts). */

export interface Attached {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Settles with the client's exit code, signal or error message. */
  readonly ended: Promise<string>;
  /** The last lines on standard error, from the client and the program. */
  readonly complaints: () => readonly string[];
  /** Lets this process exit even if the client still runs. */
  readonly letGo: () => void;
  readonly kill: () => void;
}

const KEPT_BYTES = 4_096;

/** Starts the client with these arguments. `ended` reports its end, and also if it is not installed. */
export function attach(bottleId: string, client: string, args: readonly string[]): Attached {
  const child = spawnProgram(client, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    // A key at the user's terminal must reach the program inside, which gets it as a byte.
    detached: true,
    env: { [BOTTLE_ID_VARIABLE]: bottleId },
  });
  const { stdin, stdout, stderr } = child;
  if (stdin === null || stdout === null || stderr === null) throw new Error('no pipes');
  let said = '';
  stderr.setEncoding('utf8').on('data', (piece: string) => (said = (said + piece).slice(-KEPT_BYTES)));
  for (const stream of [stdin, stdout, stderr]) stream.on('error', () => undefined); // `ended` says more
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
