/** Hosts of model APIs: where they accept a key, and where they store a file under that key's account. */
export interface ModelHost {
  readonly host: string;
  /** `METHOD path` of a prompt. */
  readonly ask: string;
  /** `METHOD path` of an upload; undefined if there is none. */
  readonly store?: string;
  /** The value for `inject`: a one-word identity if there is one. */
  readonly identity: string;
}

const KEY = '{ bearer: true, secret: "${API_KEY}" }';

export const MODEL_HOSTS: readonly ModelHost[] = [
  { host: 'api.anthropic.com', ask: 'POST /v1/messages', store: 'POST /v1/files', identity: 'anthropic' },
  { host: 'api.openai.com', ask: 'POST /v1/responses', store: 'POST /v1/files', identity: 'openai' },
  {
    host: 'generativelanguage.googleapis.com',
    ask: 'POST /v1beta/models/gemini-pro:generateContent',
    store: 'POST /upload/v1beta/files',
    identity: '{ header: x-goog-api-key, secret: "${API_KEY}" }',
  },
  { host: 'api.mistral.ai', ask: 'POST /v1/chat/completions', store: 'POST /v1/files', identity: KEY },
  {
    host: 'api.groq.com',
    ask: 'POST /openai/v1/chat/completions',
    store: 'POST /openai/v1/files',
    identity: KEY,
  },
  { host: 'api.together.xyz', ask: 'POST /v1/chat/completions', store: 'POST /v1/files', identity: KEY },
  { host: 'api.x.ai', ask: 'POST /v1/chat/completions', store: 'POST /v1/files', identity: KEY },
  { host: 'api.cohere.com', ask: 'POST /v2/chat', store: 'POST /v1/datasets', identity: KEY },
  { host: 'api.deepseek.com', ask: 'POST /chat/completions', identity: KEY },
  { host: 'openrouter.ai', ask: 'POST /api/v1/chat/completions', identity: KEY },
];
