import { sendEvents, sendJson, type ModelApi, type ServerEvent } from './server.ts';

/** Anthropic's Messages API, with a model that runs a command with the tool Bash and then reports that it is done. */

interface MessagesRequest {
  readonly model: string;
  readonly stream?: boolean;
  readonly tools?: readonly { readonly name: string }[];
  readonly messages: readonly { readonly role: string; readonly content: unknown }[];
}

type Block =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'tool_use'; readonly id: string; readonly name: string; readonly input: object };

/** The accepted credentials: an API key, and a token of `claude setup-token`, each in a separate header. */
interface AnthropicKeys {
  readonly key: string;
  readonly token: string;
}

/** Returns the API of the model. The model awaits `thinks` before it reports that it is done. */
export function anthropicApi(keys: AnthropicKeys, command: string, thinks: () => Promise<void>): ModelApi {
  return {
    host: 'api.anthropic.com',
    hasKey: ({ 'x-api-key': key, authorization }) =>
      key === undefined ? authorization === `Bearer ${keys.token}` : key === keys.key,
    answer: async ({ method, path, body }, response) => {
      const { pathname } = new URL(path, 'https://api.anthropic.com');
      if (method !== 'POST' || pathname !== '/v1/messages')
        return sendJson(response, 404, { type: 'error', error: { type: 'not_found_error', message: path } });
      const request = JSON.parse(body) as MessagesRequest;
      const block = nextBlock(request, command);
      if (block.type === 'text' && isAfterWork(request)) await thinks();
      const stop = block.type === 'tool_use' ? 'tool_use' : 'end_turn';
      const message = messageOf(request.model);
      if (request.stream !== true)
        return sendJson(response, 200, { ...message, content: [block], stop_reason: stop });
      await sendEvents(response, [
        { type: 'message_start', message },
        ...eventsOf(block),
        { type: 'message_delta', delta: { stop_reason: stop, stop_sequence: null }, usage: USAGE },
        { type: 'message_stop' },
      ]);
    },
  };
}

const isAfterWork = ({ messages }: MessagesRequest): boolean =>
  JSON.stringify(messages).includes('"type":"tool_result"');

function nextBlock(request: MessagesRequest, command: string): Block {
  const hasBash = request.tools?.some(({ name }) => name === 'Bash') === true;
  if (!hasBash || isAfterWork(request)) return { type: 'text', text: 'The task is done.' };
  return {
    type: 'tool_use',
    id: 'toolu_1',
    name: 'Bash',
    input: { command, description: 'Do the task' },
  };
}

const USAGE = { input_tokens: 10, output_tokens: 5 };

const messageOf = (model: string) => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model,
  content: [],
  stop_reason: null,
  stop_sequence: null,
  usage: USAGE,
});

function eventsOf(block: Block): ServerEvent[] {
  const [empty, text, delta] =
    block.type === 'text'
      ? [{ ...block, text: '' }, block.text, (part: string) => ({ type: 'text_delta', text: part })]
      : [
          { ...block, input: {} },
          JSON.stringify(block.input),
          (part: string) => ({ type: 'input_json_delta', partial_json: part }),
        ];
  const parts = text.match(/[^]{1,7}/g) ?? [];
  return [
    { type: 'content_block_start', index: 0, content_block: empty },
    ...parts.map((part) => ({ type: 'content_block_delta', index: 0, delta: delta(part) })),
    { type: 'content_block_stop', index: 0 },
  ];
}
