import type { AgentDefinition } from './definition.ts';

const CALL = [
  'codex',
  // Its own sandbox needs user namespaces, which a bottle refuses; the bottle takes its place.
  '--dangerously-bypass-approvals-and-sandbox',
  // It is mounted read-only, at a pinned version, and what it reports is not needed for the work.
  '--config=check_for_update_on_startup=false',
  '--config=analytics.enabled=false',
  // Its own provider, but over HTTPS alone: it tries a WebSocket for seven seconds wherever a rule allows none.
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
