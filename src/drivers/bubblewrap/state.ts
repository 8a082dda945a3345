import { existsSync } from 'node:fs';
import { readTextIfThere, writeFileAtomic } from '../../host/files.ts';
import { isRunning, type ProcessIdentity } from '../../host/processes.ts';
import { runFiles } from './plan.ts';

/** What another process of ours needs to find a bottle: which process is its first. */

export async function writeInit(runDir: string, init: ProcessIdentity): Promise<void> {
  await writeFileAtomic(runFiles(runDir).init, JSON.stringify(init));
}

/** The bottle's first program, while it runs. */
export async function runningInit(runDir: string): Promise<ProcessIdentity | undefined> {
  const text = await readTextIfThere(runFiles(runDir).init);
  if (text === undefined) return undefined;
  const init = JSON.parse(text) as ProcessIdentity;
  return isRunning(init) ? init : undefined;
}

/** The same, once the agent was started in it. */
export async function agentRuns(runDir: string): Promise<ProcessIdentity | undefined> {
  return existsSync(runFiles(runDir).agent) ? await runningInit(runDir) : undefined;
}
