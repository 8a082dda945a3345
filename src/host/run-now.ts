import { spawnSync } from 'node:child_process';
import { BottleError, reasonOf } from '../errors.ts';
import { childEnvironment } from './env.ts';
import { findProgram } from './system/programs.ts';
import { shellLine } from './shell-words.ts';

/** Runs programs synchronously, for calls of milliseconds in code that cannot await. All other calls use run.ts. */

const LATE_MS = 10_000;
/** Maximum output: all processes of a host with their arguments and environments. */
const MAX_BYTES = 256 * 1024 * 1024;

/**
 * Runs a small program of the host to its end; returns its exit code and output.
 * @throws BottleError `dependencyMissing` if it cannot start or does not end
 */
export function runNow(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): { readonly exitCode: number; readonly stdout: string; readonly stderr: string } {
  const { status, signal, error, stdout, stderr } = spawnSync(findProgram(program) ?? program, args, {
    env: childEnvironment(env),
    encoding: 'utf8',
    timeout: LATE_MS,
    maxBuffer: MAX_BYTES,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (error === undefined && status !== null) return { exitCode: status, stdout, stderr };
  const why = error === undefined ? `it was ended by ${signal}` : reasonOf(error);
  throw new BottleError('dependencyMissing', `${program} does not say what this host has`, {
    details: [`${[program, ...args].join(' ')}: ${why}`],
    fix: `see what it says: ${shellLine([program, ...args])}`,
    cause: error,
  });
}
