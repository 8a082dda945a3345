import type { AgentDefinition } from './definition.ts';

/** OpenAI's Codex. Its own sandbox needs user namespaces, which a bottle refuses; the bottle takes its place. */
export const codex: AgentDefinition = {
  name: 'codex',
  program: { kind: 'npm', package: '@openai/codex', version: '0.169.0', afterInstall: undefined },
  interactive: ['codex', '--dangerously-bypass-approvals-and-sandbox', '{prompt}'],
  headless: [
    'codex',
    'exec',
    '--dangerously-bypass-approvals-and-sandbox',
    '--skip-git-repo-check',
    '{prompt}',
  ],
  hosts: ['api.openai.com'],
  skillsPath: '/home/agent/.codex/skills',
  promptPath: undefined,
  env: {},
  credentials: ['OPENAI_API_KEY', 'CODEX_API_KEY'],
};
