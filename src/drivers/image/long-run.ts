import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { open, unlink, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BottleError, reasonOf } from '../../errors.ts';
import { whenAborted } from '../../host/deadline.ts';
import { spawnProgram } from '../../host/run.ts';
import { followFile } from './follow-file.ts';

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
  const tail: string[] = [];
  const log = await openNameless();
  const follower = followFile(log.reader, (line) => {
    tail.push(line);
    if (tail.length > TAIL_LINES) tail.shift();
    work.progress(line);
  });
  let ending: number | string | null;
  try {
    ending = await runToEnd(argv, { env, log: log.writer.fd }, work.signal);
  } finally {
    await follower.stop();
    await Promise.all([log.writer.close(), log.reader.close()]);
  }
  work.signal.throwIfAborted();
  if (ending === 0) return;
  throw new BottleError('dependencyMissing', `${argv[0]} failed (${ending ?? 'ended by a signal'})`, {
    details: [`command: ${argv.join(' ')}`, ...tail],
  });
}

/**
 * A file without a name, for the program's output: it is there as long as somebody has it open. With a pipe, a killed
 * launcher would end mmdebstrap at its next line, before it has cleaned up.
 */
async function openNameless(): Promise<{ writer: FileHandle; reader: FileHandle }> {
  const path = join(tmpdir(), `bot-bottle-${randomUUID()}.log`);
  const writer = await open(path, 'ax', 0o600);
  const reader = await open(path, 'r');
  await unlink(path);
  return { writer, reader };
}

interface Spawning {
  readonly env: Readonly<Record<string, string>>;
  readonly log: number;
}

/** The exit code; null when a signal ended it; a reason when it did not start. */
async function runToEnd(
  argv: readonly string[],
  { env, log }: Spawning,
  signal: AbortSignal,
): Promise<number | string | null> {
  const [program = '', ...args] = argv;
  const child = spawnProgram(program, args, { stdio: ['ignore', log, log], detached: true, env: { ...env } });
  const end = (): void => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
  };
  const letBe = whenAborted(signal, end);
  try {
    const [exitCode] = (await once(child, 'close')) as [number | null];
    return exitCode;
  } catch (error) {
    return reasonOf(error);
  } finally {
    letBe();
  }
}
