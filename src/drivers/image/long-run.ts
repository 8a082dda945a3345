import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { open, unlink, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BottleError, AS_IT_SAYS, errnoOf, reasonOf } from '../../errors.ts';
import { eitherOf, whenAborted } from '../../host/deadline.ts';
import { spawnProgram } from '../../host/run.ts';

/** The output and the limits of long work on an image. */
export interface LongWork {
  progress(line: string): void;
  readonly signal: AbortSignal;
  /** Longest time without output, in milliseconds; then the program is ended. */
  readonly silenceMs?: number;
  /** Time for the program to clean up after SIGTERM, in milliseconds. */
  readonly cleanupMs?: number;
}

const TAIL_LINES = 12;
/** Engines print nothing while they download one large layer; a hung service prints nothing forever. */
const SILENCE_MS = 60 * 60_000;
/** mmdebstrap needs this time to remove its mounts. A program that waits for a hung service may ignore SIGTERM. */
const CLEANUP_MS = 60_000;

/**
 * Runs a program for minutes and shows its lines as they arrive. On an interrupt, it and its children get SIGTERM, and
 * a minute to clean up: mmdebstrap waits for its children, so a signal to it alone would do nothing.
 * @throws BottleError `dependencyMissing`, with its last lines, when it is missing, fails, or stops printing; the
 * signal's reason when interrupted
 */
export async function runLong(
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
  work: LongWork,
): Promise<void> {
  work.signal.throwIfAborted();
  const tail: string[] = [];
  const log = await openNameless();
  const silence = watchSilence(work.silenceMs ?? SILENCE_MS);
  const follower = followFile(log.reader, (line) => {
    silence.isOver();
    tail.push(line);
    if (tail.length > TAIL_LINES) tail.shift();
    work.progress(line);
  });
  let ending: number | string | null;
  try {
    const { cleanupMs = CLEANUP_MS } = work;
    const spawning = { env, log: log.writer.fd, cleanupMs };
    ending = await runToEnd(argv, spawning, eitherOf(work.signal, silence.signal));
  } finally {
    silence.letBe();
    await follower.stop();
    await Promise.all([log.writer.close(), log.reader.close()]);
  }
  work.signal.throwIfAborted();
  if (ending === 0) return;
  const how = silence.signal.aborted
    ? `said nothing for ${(work.silenceMs ?? SILENCE_MS) / 60_000} minutes, and was ended`
    : `failed (${ending ?? 'ended by a signal'})`;
  throw new BottleError('dependencyMissing', `${argv[0]} ${how}`, {
    details: [`command: ${argv.join(' ')}`, ...tail],
    fix: silence.signal.aborted ? 'see whether its service answers, then try again' : AS_IT_SAYS,
  });
}

/** A signal that aborts after this time without output. */
function watchSilence(silenceMs: number) {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), silenceMs);
  return {
    signal: controller.signal,
    isOver: () => void timer.refresh(),
    letBe: () => clearTimeout(timer),
  };
}

/**
 * Opens an unnamed file for the program's output; it exists as long as a process has it open. With a pipe, a killed
 * launcher would kill mmdebstrap at its next line, before it has cleaned up.
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
  readonly cleanupMs: number;
}

/** Returns the exit code; null if a signal ended the program; a reason if it did not start. */
async function runToEnd(
  argv: readonly string[],
  { env, log, cleanupMs }: Spawning,
  signal: AbortSignal,
): Promise<number | string | null> {
  const [program = '', ...args] = argv;
  const child = spawnProgram(program, args, { stdio: ['ignore', log, log], detached: true, env: { ...env } });
  let late: NodeJS.Timeout | undefined;
  const end = (): void => {
    signalGroup(child, 'SIGTERM');
    late = setTimeout(() => signalGroup(child, 'SIGKILL'), cleanupMs);
  };
  const letBe = whenAborted(signal, end);
  try {
    const [exitCode] = (await once(child, 'close')) as [number | null];
    return exitCode;
  } catch (error) {
    return reasonOf(error);
  } finally {
    letBe();
    clearTimeout(late);
  }
}

/** Sends a signal to the program and its children. */
function signalGroup(
  { pid, exitCode, signalCode }: ReturnType<typeof spawnProgram>,
  signal: NodeJS.Signals,
): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw error; // it has just ended
  }
}

const FOLLOW_POLL_MS = 100;

/** Reads the lines of a file while another program appends them. `stop` reads the rest, then ends. */
function followFile(file: FileHandle, onLine: (line: string) => void): { stop(): Promise<void> } {
  let isOver = false;
  const following = (async () => {
    let rest = '';
    for (;;) {
      const wasOver = isOver; // set before reading, so that data after the last read is still read
      const lines = (rest + (await file.readFile('utf8'))).split('\n');
      rest = lines.pop() ?? '';
      lines.forEach(onLine);
      if (wasOver) return;
      await sleep(FOLLOW_POLL_MS);
    }
  })();
  return {
    stop: async () => {
      isOver = true;
      await following;
    },
  };
}
