import type { Send } from '../family.ts';
import { opened } from '../http1.ts';
import type { Row } from '../row.ts';
import { HOSTS } from '../rules.ts';
import { CODED, CONTENTS } from './contents.ts';
import { honest, whole } from './row.ts';

/** Request bodies: to inspected hosts, in HTTP/1.1 and HTTP/2, and to model APIs with one of our identities. */

const post = (host: string, body: string, ...lines: readonly string[]) =>
  opened(host, { method: 'POST', target: '/NONCE', lines, body });
const slug = (name: string): string => name.replaceAll(' ', '-');

const contents = Object.entries(CONTENTS).map(
  ([name, body]) => [`content: ${slug(name)}`, 'L2', post(HOSTS.free, body), whole(body)] as const,
);

const coded = Object.entries(CODED).map(
  ([coding, body]) =>
    [
      `coded content: ${coding}`,
      'L2',
      post(HOSTS.free, body, `Content-Encoding: ${coding}`),
      whole(body),
    ] as const,
);

const over2 = ['package-lock.json', 'an image in base64', 'a prompt of 200 KB', 'random bytes', 'UUIDs'].map(
  (name) => {
    const body = CONTENTS[name] ?? '';
    const send: Send = ({ nonce }) => {
      const headers = { ':method': 'POST', ':path': `/${nonce}`, ':authority': HOSTS.free };
      return { kind: 'http2', host: HOSTS.free, requests: [{ headers, body }] };
    };
    return [`content over HTTP/2: ${slug(name)}`, 'L2', send, whole(body)] as const;
  },
);

const VERSION = 'anthropic-version: 2023-06-01';
const JSON_TYPE = 'Content-Type: application/json';
const message = (content: unknown, more = {}): string =>
  JSON.stringify({ model: 'claude-x', max_tokens: 1_024, messages: [{ role: 'user', content }], ...more });
const image = {
  type: 'image',
  source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ' },
};
const tool = { name: 'bash', input_schema: { type: 'object', properties: { command: { type: 'string' } } } };
const multipart = `--x\r\nContent-Disposition: form-data; name="file"; filename="a b.txt"\r\nContent-Type: text/plain\r\n\r\nhello\r\n--x\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nassistants\r\n--x--\r\n`;

const models = honest('bearer', [
  [
    'model: a message',
    'Anthropic',
    post(HOSTS.bearer, message('hello'), VERSION, JSON_TYPE),
    whole(message('hello')),
  ],
  [
    'model: a stream',
    'Anthropic',
    post(HOSTS.bearer, message('hello', { stream: true }), VERSION, 'Accept: text/event-stream'),
  ],
  [
    'model: a prompt of 200 KB',
    'Anthropic',
    post(HOSTS.bearer, CONTENTS['a prompt of 200 KB'] ?? '', VERSION),
    whole(CONTENTS['a prompt of 200 KB'] ?? ''),
  ],
  ['model: an image', 'Anthropic', post(HOSTS.bearer, message([image]), VERSION)],
  [
    'model: tools',
    'Anthropic',
    post(
      HOSTS.bearer,
      message('run ls', { tools: [tool] }),
      VERSION,
      'anthropic-beta: interleaved-thinking-2025-05-14',
    ),
  ],
  [
    'model: the answer of a tool',
    'Anthropic',
    post(
      HOSTS.bearer,
      message([{ type: 'tool_result', tool_use_id: 'toolu_01A09q90qw90lq917835lq9', content: 'total 0' }]),
      VERSION,
    ),
  ],
  [
    'model: an SDK’s headers',
    'Anthropic',
    post(
      HOSTS.bearer,
      message('hello'),
      'x-stainless-lang: js',
      'x-stainless-retry-count: 0',
      'x-stainless-runtime: node',
      'User-Agent: Anthropic/JS 0.32.1',
      VERSION,
    ),
  ],
  [
    'model: responses',
    'OpenAI',
    post(HOSTS.bearer, JSON.stringify({ model: 'gpt-x', input: 'hello', stream: true }), JSON_TYPE),
  ],
  [
    'model: chat',
    'OpenAI',
    post(
      HOSTS.bearer,
      JSON.stringify({ model: 'gpt-x', messages: [{ role: 'system', content: 'Be brief.' }] }),
      'OpenAI-Beta: assistants=v2',
    ),
  ],
  [
    'model: embeddings',
    'OpenAI',
    post(HOSTS.bearer, JSON.stringify({ model: 'e', input: ['a', 'b'] }), JSON_TYPE),
  ],
  [
    'model: a file',
    'OpenAI',
    post(HOSTS.bearer, multipart, 'Content-Type: multipart/form-data; boundary=x'),
    whole(multipart),
  ],
  [
    'model: a list',
    'OpenAI',
    opened(HOSTS.bearer, { target: '/v1/models?NONCE&limit=20&after=abc&page_token=3' }),
    ['page_token=3'],
  ],
  ['model: a token for forms', 'many', post(HOSTS.bearer, '{}', 'X-CSRF-Token: abc'), ['X-CSRF-Token: abc']],
]);

export const BODIES: readonly Row[] = [
  ...honest('free', contents),
  ...honest('free', coded),
  ...honest('free', over2),
  ...models,
];
