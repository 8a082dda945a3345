import { join } from 'node:path';

/** Files in a bottle's `runDir` by which other processes of bot-bottle find it. */
export const runFiles = (runDir: string) => ({
  /** The socket of the bottle's first program. */
  control: join(runDir, 'init.s'),
  /** The socket of the process that holds the agent's session. */
  agent: join(runDir, 'agent.s'),
  agentCode: join(runDir, 'agent.code'),
  init: join(runDir, 'init.json'),
});
