import { spawnProgram } from '../../../src/host/run.ts';

/** A program without a sandbox; `ended` tells how it ended. */
export interface StartedProgram {
  readonly ended: Promise<string>;
  kill(): void;
}

/** Starts a program. */
export function startProgram([program = '', ...args]: readonly string[]): StartedProgram {
  const child = spawnProgram(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) =>
      resolve([signal ?? `exit code ${code}`, said.trim()].filter(Boolean).join('\n')),
    );
  });
  return { ended, kill: () => void child.kill('SIGKILL') };
}
