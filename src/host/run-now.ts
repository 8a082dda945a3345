import { spawnSync } from 'node:child_process';
import { childEnvironment } from './env.ts';

/** For what a caller cannot wait for, and what takes milliseconds: all else goes through run.ts. */

const LATE_MS = 5_000;

/** Runs a small program of the host's to its end, and gives what it printed; nothing where it fails, or is not there. */
export function runNow(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): string {
  const { status, stdout } = spawnSync(program, args, {
    env: childEnvironment(env),
    encoding: 'utf8',
    timeout: LATE_MS,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return status === 0 ? stdout : '';
}
