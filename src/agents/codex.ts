import type { AgentDefinition } from './definition.ts';

const CALL = [
  'codex',
  // Codex's own sandbox needs user namespaces, which a bottle refuses; the bottle replaces it.
  '--dangerously-bypass-approvals-and-sandbox',
  // Codex is mounted read-only, at a pinned version, and does not need its analytics for the work.
  '--config=check_for_update_on_startup=false',
  '--config=analytics.enabled=false',
  // Like the built-in provider, but only HTTPS: that one tries a WebSocket for seven seconds if no rule allows it.
  '--config=model_provider=openai_https',
  '--config=model_providers.openai_https={name="OpenAI",wire_api="responses",requires_openai_auth=true}',
];

/** OpenAI's Codex. */
export const codex: AgentDefinition = {
  name: 'codex',
  program: { kind: 'npm', package: '@openai/codex', version: '0.169.0', afterInstall: undefined },
  interactive: [...CALL, '{prompt}'],
  headless: [...CALL, 'exec', '--skip-git-repo-check', '{prompt}'],
  hosts: ['api.openai.com'],
  skillsPath: '/home/agent/.codex/skills',
  promptPath: undefined,
  keyFile: { guestPath: '/home/agent/.codex/auth.json', variable: 'OPENAI_API_KEY' },
  env: {},
  credentials: ['OPENAI_API_KEY', 'CODEX_API_KEY'],
};
