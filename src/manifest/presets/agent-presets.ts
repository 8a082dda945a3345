import type { AgentPreset } from '../schema/rule-schema.ts';

/**
 * The parts of a vendor's API that agents need for their work, and no more: not uploads, remote sessions or published
 * pages.
 */

/** An endpoint of an agent's API, as the basis of a rule. */
export interface AgentEndpoint {
  readonly host: string;
  readonly port: 443;
  readonly scheme: 'https';
  readonly methods: readonly string[];
  readonly paths: readonly string[];
  readonly websocket?: true;
}

const API = { port: 443, scheme: 'https' } as const;

/**
 * The endpoints that the programs in src/agents/ call with their own key or token. A test keeps the hosts of both in
 * step. All endpoints of a preset have one host, so that an identity can go with it: an agent that may use either of
 * two vendors has no preset.
 */
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
      // Codex streams its answers over a WebSocket if possible.
      websocket: true,
    },
  ],
};
