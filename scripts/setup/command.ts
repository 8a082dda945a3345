import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Commands of the set-up and the test run: their output is shown, and the environment is passed unchanged. */

/** Prints one line about the next step. */
export const say = (line: string): void => console.log(`setup: ${line}`);

/**
 * Runs a command to its end, shows its output, and gives it an empty input. Returns the exit code, 127 if the command
 * does not exist.
 */
export async function runShown(
  argv: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<number> {
  const [program = '', ...args] = argv;
  const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'], env });
  return await once(child, 'close').then(
    ([code]) => (code as number | null) ?? 1,
    () => 127,
  );
}

/** Runs a command that must succeed. @throws Error that names the command if it fails */
export async function mustRun(argv: readonly string[], env?: NodeJS.ProcessEnv): Promise<void> {
  const code = await runShown(argv, env);
  if (code !== 0) throw new Error(`failed (exit code ${code}): ${argv.join(' ')}`);
}
