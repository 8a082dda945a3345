import type { AgentDefinition } from './definition.ts';

/** Claude Code. */
export const claude: AgentDefinition = {
  name: 'claude',
  program: {
    kind: 'npm',
    package: '@anthropic-ai/claude-code',
    version: '2.1.332',
    // Replaces a stub with the platform's binary.
    afterInstall: '@anthropic-ai/claude-code/install.cjs',
  },
  // The bottle limits the agent; a question for each command would only tire the user.
  interactive: ['claude', '--dangerously-skip-permissions', '{prompt}'],
  headless: ['claude', '--dangerously-skip-permissions', '--print', '{prompt}'],
  hosts: ['api.anthropic.com'],
  skillsPath: '/home/agent/.claude/skills',
  promptPath: undefined,
  env: {
    DISABLE_AUTOUPDATER: '1',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    // Lets Claude Code skip permissions although it cannot recognise the bottle.
    IS_SANDBOX: '1',
  },
  credentials: ['ANTHROPIC_API_KEY', 'CLAUDE_CODE_OAUTH_TOKEN'],
};
