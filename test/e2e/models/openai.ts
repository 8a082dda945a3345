import { sendEvents, sendJson, type ModelApi } from './server.ts';

/** OpenAI's Responses API, as a model that runs two commands with a shell tool and then says that it is done. */

interface ResponsesRequest {
  readonly model: string;
  readonly input: readonly { readonly type?: string }[];
}

/** The model; `commands` are run one after another. */
export function openaiApi(key: string, commands: readonly string[]): ModelApi {
  return {
    host: 'api.openai.com',
    key,
    keyIn: ({ authorization }) => authorization?.replace(/^Bearer /, ''),
    answer: ({ method, path, body }, response) => {
      const { pathname } = new URL(path, 'https://api.openai.com');
      if (method !== 'POST' || pathname !== '/v1/responses')
        return sendJson(response, 404, { error: { message: path } });
      const request = JSON.parse(body) as ResponsesRequest;
      const item = nextItem(request, commands);
      const usage = { input_tokens: 10, output_tokens: 5, total_tokens: 15 };
      const started = { id: 'resp_1', object: 'response', model: request.model };
      void sendEvents(response, [
        { type: 'response.created', response: { ...started, status: 'in_progress' } },
        { type: 'response.output_item.added', output_index: 0, item },
        { type: 'response.output_item.done', output_index: 0, item },
        {
          type: 'response.completed',
          response: { ...started, status: 'completed', output: [item], usage },
        },
      ]);
    },
  };
}

function nextItem({ input }: ResponsesRequest, commands: readonly string[]): object {
  const done = input.filter(({ type }) => type === 'custom_tool_call_output').length;
  const command = commands[done];
  if (command === undefined)
    return {
      type: 'message',
      id: 'msg_1',
      role: 'assistant',
      content: [{ type: 'output_text', text: 'The task is done.', annotations: [] }],
    };
  return {
    type: 'custom_tool_call',
    id: `ctc_${done}`,
    status: 'completed',
    call_id: `call_${done}`,
    name: 'exec',
    input: scriptFor(command),
  };
}

/** Codex has this model write programs, which call its tools. */
const scriptFor = (command: string): string => `// @exec: {"yield_time_ms": 120000}
text(await tools.exec_command(${JSON.stringify({ cmd: command, yield_time_ms: 30_000 })}));
`;
