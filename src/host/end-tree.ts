import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { readKernelFile, stateOf } from './processes.ts';

/** So long a signal may need to be seen by a program that is in the kernel. */
const STOP_MS = 1_000;

/**
 * Ends a program of ours by force, and with it those that it has begun itself, nothing of whose output is read any more. SIGKILL alone
 * leaves them: bubblewrap's own first process asks the kernel to end with bubblewrap only once it has made the sandbox, and until then
 * waits for a word of bubblewrap's that never comes, or makes the sandbox and runs on, holding the program's pipes (bubblewrap.c, `main`).
 */
export async function endTree(child: ChildProcess): Promise<void> {
  const { pid } = child;
  if (pid === undefined || !isOurs(child) || !child.kill('SIGSTOP')) return;
  // What is stopped begins nothing. It stays in the table until Node has heard of its end: the pid is nobody else's.
  for (let waitedMs = 0; waitedMs < STOP_MS && isOurs(child) && stateOf(pid) !== 'T'; waitedMs += 1)
    await sleep(1);
  if (!isOurs(child)) return;
  for (const each of childrenOf(pid)) end(each);
  child.kill('SIGKILL');
}

/** Nobody has waited for it yet. */
const isOurs = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode === null && signalCode === null;

/** Those of all its threads: /proc/PID/task/TID/children, see proc(5). */
function childrenOf(pid: number): readonly number[] {
  const text = readKernelFile(`/proc/${pid}/task/${pid}/children`) ?? '';
  return text.split(' ').filter(Boolean).map(Number);
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended, or is another user's, whom no program of ours begins.
  }
}
