import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:os';

export interface CallOptions {
  readonly cwd?: string;
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

export interface Outcome {
  /** The exit code as in a shell: 128+n for a signal. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const DEFAULT_TIMEOUT_MS = 150_000;

/** Returns a program's output and exit code. @throws Error with its output if it does not end in time */
export async function outcomeOf(child: ChildProcess, options: CallOptions = {}): Promise<Outcome> {
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (chunk: string) => (text[name] += chunk));
  }
  child.stdin?.on('error', () => undefined); // it may end before it has read everything
  child.stdin?.end(options.stdin ?? '');
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  return await new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(
        new Error(`${child.spawnargs.join(' ')} goes on after ${timeoutMs} ms: ${JSON.stringify(text)}`),
      );
      child.kill('SIGKILL');
    }, timeoutMs);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code: code ?? 128 + constants.signals[signal ?? 'SIGKILL'], ...text });
    });
  });
}
