import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { readTextIfThere, writeFileAtomic } from '../../host/files.ts';
import { isRunning, type ProcessIdentity } from '../../host/processes.ts';
import { runFiles } from './run-files.ts';

/** What another process of ours needs to find a bottle: which process is its first. */

/** Notes the bottle's first program. */
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

/** session.pl hears of the end a moment after the bottle's first program, which told it, is gone. */
const CODE_DEADLINE_MS = 2_000;

/** What session.pl noted when the agent ended; undefined when it was ended itself. */
export async function agentCode(runDir: string): Promise<number | undefined> {
  const deadline = Date.now() + CODE_DEADLINE_MS;
  for (;;) {
    const text = await readTextIfThere(runFiles(runDir).agentCode);
    if (text === undefined) return undefined;
    if (/^\d+\n$/.test(text)) return Number(text);
    if (Date.now() > deadline) return undefined;
    await sleep(20);
  }
}
