import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { open, unlink, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BottleError, AS_IT_SAYS, errnoOf, reasonOf } from '../../errors.ts';
import { eitherOf, whenAborted } from '../../host/deadline.ts';
import { spawnProgram } from '../../host/run.ts';

/** What long work on an image is given: where its lines go, and when to give up. */
export interface LongWork {
  progress(line: string): void;
  readonly signal: AbortSignal;
  /** Who says nothing for as long is ended. */
  readonly silenceMs?: number;
  /** How long it may clean up then, and where it is interrupted. */
  readonly cleanupMs?: number;
}

const TAIL_LINES = 12;
/** Engines say nothing while they download one large layer; a service that has hung says nothing for ever. */
const SILENCE_MS = 60 * 60_000;
/** What mmdebstrap needs to take its mounts away. Who waits for a service that has hung may not end by SIGTERM. */
const CLEANUP_MS = 60_000;

/**
 * Runs a program for minutes and shows its lines as they come. Interrupted, it and its children get SIGTERM, and
 * a minute to clean up: mmdebstrap waits for its children, so a signal to it alone would do nothing.
 * @throws BottleError `dependencyMissing`, with its last lines, when it is missing, fails, or says nothing any more; the signal's reason when interrupted
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

/** A signal that comes when nothing was heard for so long. */
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
  readonly cleanupMs: number;
}

/** The exit code; null when a signal ended it; a reason when it did not start. */
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

/** It and its children. */
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

/** Reads the lines of a file as another program appends them. `stop` reads what is there to its end, then ends. */
function followFile(file: FileHandle, onLine: (line: string) => void): { stop(): Promise<void> } {
  let isOver = false;
  const following = (async () => {
    let rest = '';
    for (;;) {
      const wasOver = isOver; // asked before reading: what came after the last read is still read
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
