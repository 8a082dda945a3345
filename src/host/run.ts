import {
  execFile,
  spawn,
  type ChildProcess,
  type ExecFileException,
  type SpawnOptions,
} from 'node:child_process';
import { whenAborted } from './deadline.ts';
import { BottleError, AS_IT_SAYS } from '../errors.ts';
import { endWithChildren } from './process/end-with-children.ts';
import { childEnvironment } from './env.ts';

/** The only way to run other programs: argument arrays, an allow-listed environment, a timeout on every call. */

export interface RunOptions {
  /** Added to the allow-listed environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly input?: string | Uint8Array;
  /** Keeps the program's input open until it ends. Default: closes it after `input`. */
  readonly keepsInputOpen?: boolean;
  /** Timeout after which the program and its children are killed with SIGKILL. Default 30 s. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Encoding of the output; `latin1` makes each byte a character. Default UTF-8. */
  readonly encoding?: 'utf8' | 'latin1';
  /** Maximum output in bytes. A program that exceeds it is killed and counts as failed. Default 16 MiB. */
  readonly maxOutputBytes?: number;
  /**
   * After the program has ended, waits for other processes that hold its pipes until none has written for this many
   * milliseconds. Default: until the pipes are closed, or the timeout.
   */
  readonly lingerMs?: number;
}

export interface RunResult {
  /**
   * The exit code; undefined if the program could not start, a signal or the timeout ended it, or it exceeded
   * `maxOutputBytes`.
   */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
  /** The program is not installed. */
  readonly notFound: boolean;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_OUTPUT_BYTES = 16 * 1024 * 1024;

/** Runs a program to its end. A failing program is not an exception: the caller reads the result. */
export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const { env, cwd, input, maxOutputBytes = DEFAULT_OUTPUT_BYTES, encoding = 'utf8' } = options;
  const where = { env: childEnvironment(env), ...(cwd === undefined ? {} : { cwd }) };
  return await new Promise((resolve) => {
    const over = (error: ExecFileException | null, stdout: string, stderr: string): void => {
      const { isLate, isTooMuch } = bounds;
      const end = { ...endOf(error), ...(isTooMuch() ? { exitCode: undefined } : {}) };
      const [out, err] = [stdout, stderr].map((text) => text.slice(0, maxOutputBytes));
      resolve({
        ...end,
        timedOut: end.exitCode === undefined && isLate(),
        stdout: out ?? '',
        stderr: err ?? '',
      });
    };
    const child = begun(program, () =>
      execFile(program, args, { ...where, encoding, maxBuffer: Infinity }, over),
    );
    if (child instanceof Error) {
      resolve({ ...endOf(child), timedOut: false, stdout: '', stderr: child.message });
      return;
    }
    const bounds = endInTime(child, { ...options, maxOutputBytes, encoding });
    // A program that does not read its input to the end is not at fault.
    child.stdin?.on('error', () => undefined);
    if (options.keepsInputOpen !== true) child.stdin?.end(input);
    else if (input !== undefined) child.stdin?.write(input);
  });
}

/**
 * Starts the program. Node throws some errors of the kernel and passes others to the callback; this returns the thrown
 * ones.
 * @throws Error for a fault of the caller
 */
function begun(program: string, spawned: () => ChildProcess): ChildProcess | Error {
  try {
    return spawned();
  } catch (error) {
    if (error instanceof Error && ('errno' in error || program === '')) return error;
    throw error;
  }
}

type Bounds = Pick<RunOptions, 'timeoutMs' | 'signal' | 'lingerMs'> &
  Required<Pick<RunOptions, 'maxOutputBytes' | 'encoding'>>;

/** Which limit ended the program. */
interface Ended {
  readonly isLate: () => boolean;
  readonly isTooMuch: () => boolean;
}

/** Ends the program on timeout, signal or too much output, even if other processes hold its pipes. */
function endInTime(
  child: ChildProcess,
  { timeoutMs = DEFAULT_TIMEOUT_MS, signal, lingerMs, maxOutputBytes, encoding }: Bounds,
): Ended {
  let late = false;
  let tooMuch = false;
  const end = (): void => {
    // Closes the pipes without waiting for others that hold them. Only after the end: closing them earlier would end a
    // writer without its children.
    void endWithChildren(child).then(() => letGo(child));
  };
  const timer = setTimeout(() => {
    late = true;
    end();
  }, timeoutMs);
  for (const stream of [child.stdout, child.stderr]) {
    let bytes = 0;
    stream?.on('data', (chunk: string | Buffer) => {
      bytes += typeof chunk === 'string' ? Buffer.byteLength(chunk, encoding) : chunk.length;
      if (bytes <= maxOutputBytes) return;
      tooMuch = true;
      end();
    });
  }
  if (lingerMs !== undefined) child.once('exit', () => letGoWhenQuiet(child, lingerMs));
  const letBe = signal === undefined ? undefined : whenAborted(signal, end);
  child.once('close', () => {
    clearTimeout(timer);
    letBe?.();
  });
  return { isLate: () => late, isTooMuch: () => tooMuch };
}

function letGo({ stdout, stderr }: ChildProcess): void {
  for (const stream of [stdout, stderr]) stream?.destroy();
}

/**
 * Closes the pipes of an ended program after a quiet period. Its own output is in them and arrives with the next read.
 */
function letGoWhenQuiet(child: ChildProcess, quietMs: number): void {
  const streams = [child.stdout, child.stderr];
  let isQuiet = true;
  const heard = (): void => {
    isQuiet = false;
  };
  for (const stream of streams) stream?.on('data', heard);
  const wait = (): NodeJS.Timeout =>
    setTimeout(() => {
      // A late timer runs before output that has arrived meanwhile: one more turn of the event loop reads that first.
      setImmediate(() => {
        if (isQuiet) return letGo(child);
        isQuiet = true;
        timer = wait();
      });
    }, quietMs);
  let timer = wait();
  child.once('close', () => clearTimeout(timer));
}

/**
 * Errors for a program that does not or cannot exist: a file in place of a folder, a name that is too long or empty.
 */
const NO_SUCH = ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ERR_INVALID_ARG_VALUE'];

/** Interprets Node's error for an ended program: a number is an exit code, a word an errno or Node's own reason. */
function endOf(error: ExecFileException | null): Pick<RunResult, 'exitCode' | 'notFound'> {
  const code: unknown = error === null ? 0 : error.code;
  return {
    exitCode: typeof code === 'number' ? code : undefined,
    notFound: typeof code === 'string' && NO_SUCH.includes(code),
  };
}

/**
 * Runs a program that must succeed and returns its standard output.
 * @throws BottleError `dependencyMissing` if the program is missing, fails or does not end in time
 */
export async function runOrThrow(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const result = await run(program, args, options);
  if (result.exitCode === 0) return result.stdout;
  const [why, fix] = result.notFound
    ? ['is not installed', `install it, or have it in PATH: command -v ${program}`]
    : result.timedOut
      ? ['did not end in time', 'try again when this host has less to do']
      : [`failed (exit code ${result.exitCode ?? 'none'})`, AS_IT_SAYS];
  throw new BottleError('dependencyMissing', `${program} ${why}`, {
    details: [`command: ${[program, ...args].join(' ')}`, ...result.stderr.trim().split('\n').slice(-8)],
    fix,
  });
}

/**
 * Starts a program without waiting for its end, with full control of its descriptors (`stdio`, `uid`, `detached`).
 * The environment is the allow-list plus `env`. A missing program causes an 'error' event, as with `spawn`.
 */
export function spawnProgram(
  program: string,
  args: readonly string[],
  options: SpawnOptions & { readonly env?: Record<string, string> },
): ChildProcess {
  return spawn(program, args, { ...options, shell: false, env: childEnvironment(options.env) });
}
