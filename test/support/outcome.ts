import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:os';

export interface CallOptions {
  readonly cwd?: string;
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

export interface Outcome {
  /** As a shell says it: 128+n for a signal. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const DEFAULT_TIMEOUT_MS = 150_000;

/** What a program says, to its end. @throws Error when it does not end in time, with what it said */
export async function outcomeOf(child: ChildProcess, options: CallOptions = {}): Promise<Outcome> {
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (chunk: string) => (text[name] += chunk));
  }
  child.stdin?.on('error', () => undefined); // it ended before it read all
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
