import type { ChildProcess } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { readKernelFile } from '../system/kernel-file.ts';
import { stateOf } from '../processes.ts';

/** Maximum time, in milliseconds, until a program that is in the kernel reacts to SIGSTOP. */
const STOP_MS = 1_000;

/**
 * Kills a program that bot-bottle started, and the programs that it started itself, but not their children. SIGKILL
 * alone leaves those running: bubblewrap's own first process asks the kernel to end with bubblewrap only after it has
 * made the sandbox. Before that it waits for a message of bubblewrap that never comes, or makes the sandbox and runs
 * on, holding the program's pipes (bubblewrap.c, `main`). Without /proc, only sends SIGKILL.
 */
export async function endWithChildren(child: ChildProcess): Promise<void> {
  const { pid } = child;
  if (pid === undefined || !isOurs(child)) return;
  if (stateOf(pid) === undefined || !child.kill('SIGSTOP')) return void child.kill('SIGKILL');
  // A stopped process starts nothing. It stays in the process table until Node reaps it, so its pid is not reused.
  for (let waitedMs = 0; waitedMs < STOP_MS && isOurs(child) && !isStopped(pid); waitedMs += 1)
    await sleep(1);
  if (!isOurs(child)) return;
  for (const each of childrenOf(pid)) end(each);
  child.kill('SIGKILL');
}

/** The child has not been reaped yet. */
const isOurs = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode === null && signalCode === null;

/** Whether all threads are stopped; a thread that has ended starts nothing either. */
const isStopped = (pid: number): boolean =>
  threadsOf(pid).every((thread) => /[TZX]/.test(stateOf(thread) ?? 'X'));

/** The children of all threads: /proc/PID/task/TID/children, see proc(5). */
const childrenOf = (pid: number): readonly number[] =>
  threadsOf(pid).flatMap((thread) =>
    (readKernelFile(`/proc/${pid}/task/${thread}/children`) ?? '').split(' ').filter(Boolean).map(Number),
  );

function threadsOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number);
  } catch {
    return []; // it has ended
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // The process has ended, or belongs to another user, as whom bot-bottle starts no program.
  }
}
