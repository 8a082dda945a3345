import type { AgentPreset } from './schema/rule-schema.ts';

/** What agents need for their work, and no more of their vendor's API: uploads, remote sessions and published pages are not here. */

/** A place of an agent's API that a rule may be made of. */
export interface AgentEndpoint {
  readonly host: string;
  readonly port: 443;
  readonly scheme: 'https';
  readonly methods: readonly string[];
  readonly paths: readonly string[];
  readonly websocket?: true;
}

const API = { port: 443, scheme: 'https' } as const;

/** As the programs of src/agents/ ask for it with a key or a token of their own; a test holds the hosts together. */
export const AGENT_ENDPOINTS: Readonly<Record<AgentPreset, readonly AgentEndpoint[]>> = {
  claude: [
    {
      ...API,
      host: 'api.anthropic.com',
      methods: ['POST'],
      paths: ['/v1/messages', '/v1/messages/count_tokens'],
    },
    {
      ...API,
      host: 'api.anthropic.com',
      methods: ['GET', 'HEAD'],
      paths: ['/', '/v1/models/**', '/api/hello', '/api/oauth/**', '/api/claude_code/**'],
    },
  ],
  codex: [
    {
      ...API,
      host: 'api.openai.com',
      methods: ['GET', 'POST'],
      paths: ['/v1/responses/**', '/v1/models/**'],
      // Codex streams its answers over one where it can.
      websocket: true,
    },
  ],
};
