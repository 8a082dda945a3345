/** The agents that ship with bot-bottle. `AGENTS` in agents/index.ts defines each of them. */
export const AGENT_NAMES = ['claude', 'codex', 'shell', 'demo'] as const;
export type AgentName = (typeof AGENT_NAMES)[number];
