import type { Readable } from 'node:stream';
import { assetPath } from '../../../host/paths.ts';
import { BOTTLE_ID_VARIABLE } from '../../../host/processes.ts';
import { spawnProgram } from '../../../host/run.ts';
import { agentOwner, isRoot } from '../../../host/user.ts';
import { childPid } from '../../sandbox/start.ts';
import { INFO_FD, sandboxCommand, type SandboxFile } from './sandbox.ts';

/** A VMM that was started. */
export interface StartedVmm {
  /** The first process in the bubblewrap around it; its end is that of all in there. @throws Error where none came to be */
  readonly pid: Promise<number>;
  /** Settles with how it ended, in words, and the last of what it and the machine's console said. */
  readonly ended: Promise<string>;
  /** Ends it, whatever it does. */
  kill(): void;
}

const MOST_SAID = 4_096;

/** Starts it, for this bottle. */
export function startVmm(
  bottleId: string,
  files: readonly SandboxFile[],
  vmm: readonly string[],
): StartedVmm {
  const order = { owner: agentOwner(), isRoot: isRoot(), files, assetPath, vmm };
  const [program = '', ...args] = sandboxCommand(order);
  const child = spawnProgram(program, args, {
    cwd: '/',
    env: { [BOTTLE_ID_VARIABLE]: bottleId },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => (said = (said + chunk.toString('latin1')).slice(-MOST_SAID)));
  }
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) =>
      resolve([signal ?? `exit code ${code}`, said.trim()].filter(Boolean).join('\n')),
    );
  });
  return { pid: childPid(child.stdio[INFO_FD] as Readable), ended, kill: () => void child.kill('SIGKILL') };
}
