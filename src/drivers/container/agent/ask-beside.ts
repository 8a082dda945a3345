import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '../engine/engine.ts';
import { execBeside } from './exec.ts';

/**
 * Runs a program in a running container and reads its answer. Before the agent starts, its image may have put any
 * program under that name.
 */

export interface Question {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly deadlineMs: number;
}

/**
 * The program's output, each stream up to a bound, and its exit code; undefined: it did not end before the deadline.
 */
export interface Answer {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** In characters. This process keeps no more, however much the program writes. */
const MOST_ANSWERED = 64 * 1024;

/**
 * Runs the program as the agent's user and returns its output.
 * @throws BottleError if the container has ended or the engine is lost
 */
export async function askBeside(
  connection: Connection,
  container: string,
  { argv, env, deadlineMs }: Question,
): Promise<Answer> {
  const said = { stdout: '', stderr: '' };
  const into = (name: keyof typeof said): Writable =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        said[name] = (said[name] + chunk.toString()).slice(0, MOST_ANSWERED);
        done();
      },
    });
  const session = await execBeside(connection, {
    container,
    request: { argv, env, cwd: '/' },
    io: { tty: false, stdin: undefined, stdout: into('stdout'), stderr: into('stderr'), size: undefined },
  });
  const late = sleep(deadlineMs, 'late' as const, { ref: false });
  const exitCode = await Promise.race([session.exitCode, late]);
  if (exitCode !== 'late') return { exitCode, ...said };
  await session.detach();
  return { exitCode: undefined, ...said };
}
