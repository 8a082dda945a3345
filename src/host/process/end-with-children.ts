import type { ChildProcess } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { readKernelFile } from '../system/kernel-file.ts';
import { stateOf } from '../processes.ts';

/** So long a signal may need to be seen by a program that is in the kernel. */
const STOP_MS = 1_000;

/**
 * Ends a program of ours by force, and with it those that it has begun itself, though not what those have begun. SIGKILL alone
 * leaves them: bubblewrap's own first process asks the kernel to end with bubblewrap only once it has made the sandbox, and until then
 * waits for a word of bubblewrap's that never comes, or makes the sandbox and runs on, holding the program's pipes (bubblewrap.c, `main`).
 * Where there is no /proc, it is SIGKILL alone.
 */
export async function endWithChildren(child: ChildProcess): Promise<void> {
  const { pid } = child;
  if (pid === undefined || !isOurs(child)) return;
  if (stateOf(pid) === undefined || !child.kill('SIGSTOP')) return void child.kill('SIGKILL');
  // What is stopped begins nothing. It stays in the table until Node has heard of its end: the pid is nobody else's.
  for (let waitedMs = 0; waitedMs < STOP_MS && isOurs(child) && !isStopped(pid); waitedMs += 1)
    await sleep(1);
  if (!isOurs(child)) return;
  for (const each of childrenOf(pid)) end(each);
  child.kill('SIGKILL');
}

/** Nobody has waited for it yet. */
const isOurs = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode === null && signalCode === null;

/** With all of its threads; one that has ended begins nothing either. */
const isStopped = (pid: number): boolean =>
  threadsOf(pid).every((thread) => /[TZX]/.test(stateOf(thread) ?? 'X'));

/** Each has those that it has begun: /proc/PID/task/TID/children, see proc(5). */
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
    // It has ended, or is another user's, whom no program of ours begins.
  }
}
