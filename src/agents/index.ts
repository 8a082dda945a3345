import type { AgentName } from '../contracts/agent-names.ts';
import type { AgentDefinition } from './definition.ts';

/** A shell for a user who explores the bottle, or, with arguments, any command. */
export const shell: AgentDefinition = {
  name: 'shell',
  program: { kind: 'present' },
  interactive: ['/bin/sh', '-i'],
  headless: undefined,
  hosts: [],
  skillsPath: '/home/agent/skills',
  promptPath: undefined,
  env: {},
  credentials: [],
};

/**
 * Does a little real work and tries one forbidden request, and prints both results, so that users can try a manifest.
 */
const SCRIPT = `echo "I am $(id -un) (uid $(id -u)) in $(pwd), on kernel $(uname -r)."
cd "$(mktemp -d)" || exit
echo '$ npm install is-number'
npm install --no-audit --no-fund is-number || echo 'that needs: egress.allow: [{ preset: npm }]'
echo '$ curl http://example.com/'
curl --silent --show-error --max-time 10 http://example.com/
echo`;

/** A scripted agent. */
const demo: AgentDefinition = {
  name: 'demo',
  program: { kind: 'present' },
  interactive: ['/bin/sh', '-c', SCRIPT],
  headless: ['/bin/sh', '-c', SCRIPT],
  hosts: [],
  skillsPath: '/home/agent/skills',
  promptPath: undefined,
  env: {},
  credentials: [],
};

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
const codex: AgentDefinition = {
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

/** The agents that ship with bot-bottle. To add one, name it in `AGENT_NAMES` and add a record here. */
export const AGENTS: Readonly<Record<AgentName, AgentDefinition>> = { claude, codex, shell, demo };
