import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Commands of the set-up and the test run: shown to the person, with the environment as it is. */

/** Says in one line what happens. */
export const say = (line: string): void => console.log(`setup: ${line}`);

/** Runs a command to its end with its output shown; it reads end of file. Gives the exit code, 127 when it is not there. */
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

/** Runs a command that must succeed. @throws Error with the command */
export async function mustRun(argv: readonly string[], env?: NodeJS.ProcessEnv): Promise<void> {
  const code = await runShown(argv, env);
  if (code !== 0) throw new Error(`failed (exit code ${code}): ${argv.join(' ')}`);
}
