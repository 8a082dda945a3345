import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { arch } from 'node:process';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { driverOf } from '../../../src/drivers/index.ts';
import { SYSCALL_RULES, type Machine } from '../../../src/drivers/sandbox/syscalls.ts';
import { spawnProgram } from '../../../src/host/run.ts';
import type { Home } from '../home.ts';
import { keepersOf } from '../traces.ts';

/** Inspects bottles that are virtual machines from their host. */

/**
 * Starts a bottle that prints `ready`, and returns its id. `args`: up to the agent's command.
 * @throws Error with the launcher's standard error if it does not start
 */
export async function startWaiting(home: Home, args: readonly string[], script: string): Promise<string> {
  const launcher = home.spawn(['start', ...args, '--', 'sh', '-c', script]);
  let said = '';
  launcher.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  if (launcher.stdout === null) throw new Error('no output');
  const [first] = (await Promise.race([
    once(launcher.stdout, 'data'),
    once(launcher, 'close').then(() => ['it ended']),
  ])) as [unknown];
  if (String(first) !== 'ready\n') throw new Error(`${args[0]} did not start: ${said}`);
  return (await home.list()).find((row) => row.agent === args[0])?.id ?? '';
}

/** Runs a program as a machine's root, as `verify` does, and returns its output. */
export async function asRootOf(home: Home, id: string, argv: readonly string[]): Promise<string> {
  const { spec } = home.record(id);
  const stdout = new PassThrough();
  const said = text(stdout);
  const io = { tty: false, stdin: undefined, stdout, stderr: stdout, size: undefined };
  const session = await driverOf(spec.rung).exec(spec, { argv, env: spec.env, cwd: '/', asRoot: true }, io);
  await session.exitCode;
  stdout.end();
  return await said;
}

/**
 * Returns the process with a machine's memory, which nothing in the process itself identifies.
 * @throws Error if there is none
 */
export function vmmOf(id: string): number {
  const [pid] = vmmsOf([id]);
  if (pid === undefined) throw new Error(`no machine of ${id} runs`);
  return pid;
}

/** Returns these processes of all the machines that run now. */
export function vmmsOf(ids: readonly string[]): readonly number[] {
  const { processes } = keepersOf(ids);
  return processes.map(({ pid }) => pid).filter((pid) => nameOf(pid).startsWith('qemu-system'));
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8');
  } catch {
    return ''; // it has ended
  }
}

/** ptrace(2): PTRACE_SEIZE, PTRACE_CONT with the signal that stopped it, and __WALL. */
const WATCH = `
  use strict; use warnings; use POSIX ':sys_wait_h'; $| = 1;
  my ($call, $pid) = map { $_ + 0 } @ARGV;
  syscall($call, 0x4206, $pid, 0, 0) == 0 or die "ptrace: $!\\n";
  print "watched\\n";
  while (waitpid($pid, 0x40000000) == $pid) {
    if (!WIFSTOPPED($?)) { print WIFEXITED($?) ? 'exited ' . WEXITSTATUS($?) : 'signal ' . WTERMSIG($?); last }
    syscall($call, 7, $pid, 0, \${^CHILD_STATUS_NATIVE} >> 16 ? 0 : WSTOPSIG($?));
  }
`;

/**
 * Watches another process, and returns a function that waits for its end: `exited CODE` or `signal NUMBER`. Resolves as
 * soon as the watch has begun.
 */
export async function watchEnd(pid: number): Promise<() => Promise<string>> {
  const ptrace = SYSCALL_RULES.find(({ name }) => name === 'ptrace')?.[arch as Machine];
  const watcher = spawnProgram('perl', ['-e', WATCH, String(ptrace), String(pid)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  watcher.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = once(watcher, 'close');
  await Promise.race([once(watcher.stdout ?? watcher, 'data'), ended]);
  return async () => {
    await ended;
    return said.split('\n')[1] ?? '';
  };
}
