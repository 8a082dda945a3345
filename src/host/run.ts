import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { execa } from 'execa';
import { BottleError } from '../errors.ts';
import { childEnvironment } from './env.ts';

/** The only door to other programs: argument arrays, an allow-listed environment, a deadline on every call. */

export interface RunOptions {
  /** Added to the allow-listed environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly input?: string | Uint8Array;
  /** The program is ended with SIGKILL after this. Default 30 s. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
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

/** Runs a program to its end. Never throws for a failing program: the caller reads the result. */
export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const result = await execa(program, args, {
    extendEnv: false,
    env: childEnvironment(options.env),
    reject: false,
    stripFinalNewline: false,
    forceKillAfterDelay: 500,
    timeout: options.timeoutMs ?? 30_000,
    maxBuffer: options.maxOutputBytes ?? 16 * 1024 * 1024,
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
  });
  return {
    exitCode: result.exitCode,
    stdout: result.stdout,
    stderr: result.stderr,
    timedOut: result.timedOut,
    notFound: result.code === 'ENOENT',
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
