import { join } from 'node:path';

/** Files of a bottle's `runDir` by which other processes of ours find it. */
export const runFiles = (runDir: string) => ({
  /** The socket of its first program. */
  control: join(runDir, 'init.s'),
  /** The socket of who holds the agent's session. */
  agent: join(runDir, 'agent.s'),
  agentCode: join(runDir, 'agent.code'),
  init: join(runDir, 'init.json'),
});
