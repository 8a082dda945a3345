import {
  execFile,
  spawn,
  type ChildProcess,
  type ExecFileException,
  type SpawnOptions,
} from 'node:child_process';
import { whenAborted } from './deadline.ts';
import { BottleError } from '../errors.ts';
import { endWithChildren } from './end-with-children.ts';
import { childEnvironment } from './env.ts';

/** The only door to other programs: argument arrays, an allow-listed environment, a deadline on every call. */

export interface RunOptions {
  /** Added to the allow-listed environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly input?: string | Uint8Array;
  /** The program and its children are ended with SIGKILL after this. Default 30 s. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** What its output is read as; `latin1`: each byte is a character. Default UTF-8. */
  readonly encoding?: 'utf8' | 'latin1';
  /** Output beyond this many bytes ends the program. Default 16 MiB. */
  readonly maxOutputBytes?: number;
}

export interface RunResult {
  /** The exit code; undefined when the program could not be started, was ended by a signal or by the deadline. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
  /** The program is not there. */
  readonly notFound: boolean;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_OUTPUT_BYTES = 16 * 1024 * 1024;

/** Runs a program to its end. Never throws for a failing program: the caller reads the result. */
export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const { env, cwd, input, maxOutputBytes = DEFAULT_OUTPUT_BYTES, encoding = 'utf8' } = options;
  const where = { env: childEnvironment(env), ...(cwd === undefined ? {} : { cwd }) };
  return await new Promise((resolve) => {
    const over = (error: ExecFileException | null, stdout: string, stderr: string): void => {
      const end = endOf(error);
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
    const isLate = endInTime(child, { ...options, maxOutputBytes, encoding });
    // A program that does not read its input to the end is not at fault.
    child.stdin?.on('error', () => undefined).end(input);
  });
}

/** Node throws what the kernel has against some names and arguments, and calls back with the rest. @throws Error of a caller's own fault */
function begun(program: string, spawned: () => ChildProcess): ChildProcess | Error {
  try {
    return spawned();
  } catch (error) {
    if (error instanceof Error && ('errno' in error || program === '')) return error;
    throw error;
  }
}

type Bounds = Pick<RunOptions, 'timeoutMs' | 'signal'> &
  Required<Pick<RunOptions, 'maxOutputBytes' | 'encoding'>>;

/** Ends it when its time is over, the signal comes or it says too much, whoever holds its pipes; gives whether its time was over. */
function endInTime(
  child: ChildProcess,
  { timeoutMs = DEFAULT_TIMEOUT_MS, signal, maxOutputBytes, encoding }: Bounds,
): () => boolean {
  let late = false;
  const end = (): void => {
    void endWithChildren(child).then(() => {
      // Whoever holds them is not waited for. Not before: who writes to a pipe that nobody reads ends by itself, without its children.
      for (const stream of [child.stdout, child.stderr]) stream?.destroy();
    });
  };
  const timer = setTimeout(() => {
    late = true;
    end();
  }, timeoutMs);
  for (const stream of [child.stdout, child.stderr]) {
    let bytes = 0;
    stream?.on('data', (chunk: string | Buffer) => {
      bytes += typeof chunk === 'string' ? Buffer.byteLength(chunk, encoding) : chunk.length;
      if (bytes > maxOutputBytes) end();
    });
  }
  const letBe = signal === undefined ? undefined : whenAborted(signal, end);
  child.once('close', () => {
    clearTimeout(timer);
    letBe?.();
  });
  return () => late;
}

/** Nothing is there, or could be: a file where a folder is meant, a name that is too long or empty. */
const NO_SUCH = ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ERR_INVALID_ARG_VALUE'];

/** What Node says of how a program ended: a number is an exit code, a word an errno or a reason of Node's own. */
function endOf(error: ExecFileException | null): Pick<RunResult, 'exitCode' | 'notFound'> {
  const code: unknown = error === null ? 0 : error.code;
  return {
    exitCode: typeof code === 'number' ? code : undefined,
    notFound: typeof code === 'string' && NO_SUCH.includes(code),
  };
}

/**
 * Runs a program that must succeed and gives its standard output.
 * @throws BottleError `dependencyMissing` when the program is missing, fails or does not end in time
 */
export async function runOrThrow(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const result = await run(program, args, options);
  if (result.exitCode === 0) return result.stdout;
  const why = result.notFound
    ? 'is not installed'
    : result.timedOut
      ? 'did not end in time'
      : `failed (exit code ${result.exitCode ?? 'none'})`;
  throw new BottleError('dependencyMissing', `${program} ${why}`, {
    details: [`command: ${[program, ...args].join(' ')}`, ...result.stderr.trim().split('\n').slice(-8)],
  });
}

/**
 * Starts a program that goes on, with full control of its descriptors (`stdio`, `uid`, `detached`).
 * The environment is the allow-list plus `env`. Not being there shows as an 'error' event, as with `spawn`.
 */
export function spawnProgram(
  program: string,
  args: readonly string[],
  options: SpawnOptions & { readonly env?: Record<string, string> },
): ChildProcess {
  return spawn(program, args, { ...options, shell: false, env: childEnvironment(options.env) });
}
