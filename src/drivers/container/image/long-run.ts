import { createInterface } from 'node:readline';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { BottleError, reasonOf } from '../../../errors.ts';
import { spawnProgram } from '../../../host/run.ts';

/** What long work on an image is given: where its lines go, and when to give up. */
export interface LongWork {
  progress(line: string): void;
  readonly signal: AbortSignal;
}

const TAIL_LINES = 12;

/**
 * Runs a program for minutes and shows its lines as they come. Interrupted, it and its children get SIGTERM, and
 * the time they need to clean up: mmdebstrap waits for its children, so a signal to it alone would do nothing.
 * @throws BottleError `dependencyMissing`, with its last lines, when it is missing or fails; the signal's reason when interrupted
 */
export async function runLong(
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
  work: LongWork,
): Promise<void> {
  work.signal.throwIfAborted();
  const [program = '', ...args] = argv;
  const child = spawnProgram(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: { ...env },
  });
  const tail: string[] = [];
  const show = (line: string): void => {
    tail.push(line);
    if (tail.length > TAIL_LINES) tail.shift();
    work.progress(line);
  };
  for (const stream of [child.stdout, child.stderr]) createInterface(stream as Readable).on('line', show);
  const end = (): void => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
  };
  work.signal.addEventListener('abort', end, { once: true });
  const code = await once(child, 'close').then(
    ([exitCode]) => exitCode as number | null,
    (error: unknown) => reasonOf(error),
  );
  work.signal.removeEventListener('abort', end);
  work.signal.throwIfAborted();
  if (code === 0) return;
  throw new BottleError('dependencyMissing', `${program} failed (${code ?? 'ended by a signal'})`, {
    details: [`command: ${argv.join(' ')}`, ...tail],
  });
}
