/** Hosts of model APIs: what takes a key, and what stores a file under the account of whose key it is. Data. */
export interface ModelHost {
  readonly host: string;
  /** `METHOD path` of a question. */
  readonly ask: string;
  /** `METHOD path` of storing something; undefined where there is none. */
  readonly store?: string;
  /** The word for `inject`, where there is one. */
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
