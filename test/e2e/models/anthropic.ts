import { sendEvents, sendJson, type ModelApi, type ServerEvent } from './server.ts';

/** Anthropic's Messages API, as a model that runs two commands with the tool Bash and then says that it is done. */

interface MessagesRequest {
  readonly model: string;
  readonly stream?: boolean;
  readonly tools?: readonly { readonly name: string }[];
  readonly messages: readonly { readonly role: string; readonly content: unknown }[];
}

type Block =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'tool_use'; readonly id: string; readonly name: string; readonly input: object };

/** The model; `commands` are run one after another. */
export function anthropicApi(key: string, commands: readonly string[]): ModelApi {
  return {
    host: 'api.anthropic.com',
    key,
    keyIn: (headers) => headers['x-api-key'],
    answer: ({ method, path, body }, response) => {
      const { pathname } = new URL(path, 'https://api.anthropic.com');
      if (method !== 'POST' || pathname !== '/v1/messages')
        return sendJson(response, 404, { type: 'error', error: { type: 'not_found_error', message: path } });
      const request = JSON.parse(body) as MessagesRequest;
      const block = nextBlock(request, commands);
      const stop = block.type === 'tool_use' ? 'tool_use' : 'end_turn';
      const message = messageOf(request.model);
      if (request.stream !== true)
        return sendJson(response, 200, { ...message, content: [block], stop_reason: stop });
      void sendEvents(response, [
        { type: 'message_start', message },
        ...eventsOf(block),
        { type: 'message_delta', delta: { stop_reason: stop, stop_sequence: null }, usage: USAGE },
        { type: 'message_stop' },
      ]);
    },
  };
}

function nextBlock({ messages, tools = [] }: MessagesRequest, commands: readonly string[]): Block {
  const done = JSON.stringify(messages).match(/"type":"tool_result"/g)?.length ?? 0;
  const command = commands[done];
  if (!tools.some(({ name }) => name === 'Bash') || command === undefined)
    return { type: 'text', text: 'The task is done.' };
  return {
    type: 'tool_use',
    id: `toolu_${done}`,
    name: 'Bash',
    input: { command, description: 'Part of the task' },
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
