import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { readTextIfThere, writeFileAtomic } from '../../host/files.ts';
import { isRunning, type ProcessIdentity } from '../../host/processes.ts';
import { join } from 'node:path';

/** Files by which another process of bot-bottle finds a bottle's first process. */

/** Files in a bottle's `runDir` by which other processes of bot-bottle find it. */
export const runFiles = (runDir: string) => ({
  /** The socket of the bottle's first program. */
  control: join(runDir, 'init.s'),
  /** The socket of the process that holds the agent's session. */
  agent: join(runDir, 'agent.s'),
  agentCode: join(runDir, 'agent.code'),
  init: join(runDir, 'init.json'),
});

/** Records the bottle's first program. */
export async function writeInit(runDir: string, init: ProcessIdentity): Promise<void> {
  await writeFileAtomic(runFiles(runDir).init, JSON.stringify(init));
}

/** The bottle's first program; undefined if it does not run. */
export async function runningInit(runDir: string): Promise<ProcessIdentity | undefined> {
  const text = await readTextIfThere(runFiles(runDir).init);
  if (text === undefined) return undefined;
  const init = JSON.parse(text) as ProcessIdentity;
  return isRunning(init) ? init : undefined;
}

/** Like `runningInit`, but undefined if the agent has not started. */
export async function agentRuns(runDir: string): Promise<ProcessIdentity | undefined> {
  return existsSync(runFiles(runDir).agent) ? await runningInit(runDir) : undefined;
}

/**
 * Time to wait for the code, in milliseconds: the first program reports its end to session.pl, and is gone a moment
 * before session.pl records it.
 */
const CODE_DEADLINE_MS = 2_000;

/** The agent's exit code that session.pl recorded; undefined if session.pl itself was killed. */
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
