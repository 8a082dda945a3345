import type { ChildProcess } from 'node:child_process';
import type { Bench } from './bench.ts';
import type { CallOptions, Outcome } from './program.ts';

/** A running bottle, and the launcher that owns it. */
export interface LiveBottle {
  readonly id: string;
  readonly launcher: ChildProcess;
  /** The agent's standard output so far. */
  output(): string;
  /** The standard error of the launcher and the agent so far. */
  notes(): string;
  /** Runs a program beside the agent. */
  exec(command: readonly string[]): Promise<Outcome>;
  /** The same, with a file that contains `value` as JSON as the last argument. */
  execWith(value: unknown, command: readonly string[]): Promise<Outcome>;
  /** Settles when the launcher has ended. */
  readonly ended: Promise<Outcome>;
  /** Stops the bottle and waits until the launcher has ended. */
  stop(): Promise<Outcome>;
}

/** The value is the shell's $0, the command its arguments. */
const WITH_FILE = 'file=$(mktemp) && printf %s "$0" > "$file" && exec "$@" "$file"';
const START_DEADLINE_MS = 150_000;

/**
 * Starts a bottle and waits for its agent's first output. The agent's standard input stays open.
 * @throws Error with the launcher's output if it ends before that
 */
export async function startLive(
  bench: Bench,
  args: readonly string[],
  { env = {} }: Pick<CallOptions, 'env'> = {},
): Promise<LiveBottle> {
  const { program } = bench;
  const [, agent] = args;
  const launcher = program.spawn(args, { env });
  const text = { stdout: '', stderr: '' };
  const ended = new Promise<Outcome>((resolve) => {
    launcher.on('close', (code, signal) => resolve({ code, signal, ...text }));
  });
  const spoke = new Promise<void>((resolve) => {
    launcher.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      text.stdout += chunk;
      resolve();
    });
  });
  launcher.stderr?.setEncoding('utf8').on('data', (chunk: string) => (text.stderr += chunk));
  await Promise.race([spoke, ended, deadline()]);
  if (text.stdout === '') {
    launcher.kill('SIGTERM');
    throw new Error(`the bottle ${agent} did not start: ${JSON.stringify((await ended).stderr)}`);
  }
  // The newest row: an earlier bottle of the same agent may still run.
  const row = (await bench.list()).findLast((row) => row.agent === agent && row.state === 'running');
  if (row === undefined)
    throw new Error(`${agent} runs, and ls does not list it: ${JSON.stringify(await bench.list())}`);
  const { id } = row;
  const exec = async (command: readonly string[]): Promise<Outcome> =>
    await program.run(['exec', id, '--', ...command]);
  return {
    id,
    launcher,
    ended,
    output: () => text.stdout,
    notes: () => text.stderr,
    exec,
    execWith: async (value, command) =>
      await exec(['sh', '-c', WITH_FILE, JSON.stringify(value), ...command]),
    stop: async () => {
      await program.run(['stop', id]);
      return await ended;
    },
  };
}

async function deadline(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, START_DEADLINE_MS).unref());
}
