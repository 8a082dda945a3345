import type { Readable, Writable } from 'node:stream';
import { BOTTLE_ID_VARIABLE } from '../../host/processes.ts';
import { spawnProgram } from '../../host/run.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { BottleError } from '../../errors.ts';

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

const BETWEEN_LOOKS_MS = 100;

interface Stopping {
  /** Whether the machine runs. @throws BottleError if the engine does not answer */
  readonly runs: () => Promise<boolean>;
  readonly kill: (signal: 'TERM' | 'KILL') => Promise<unknown>;
}

/**
 * Sends SIGTERM, and SIGKILL after the grace period. Succeeds if it has already ended. Assumes that it runs if the
 * engine does not answer.
 */
export async function stopMachine({ runs, kill }: Stopping, graceMs: number): Promise<void> {
  const mayRun = async (): Promise<boolean> => {
    try {
      return await runs();
    } catch (error) {
      if (error instanceof BottleError) return true;
      throw error;
    }
  };
  if (!(await mayRun())) return;
  await kill('TERM');
  for (const end = Date.now() + graceMs; Date.now() < end; await sleep(BETWEEN_LOOKS_MS))
    if (!(await mayRun())) return;
  await kill('KILL');
}
