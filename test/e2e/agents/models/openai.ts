import { sendEvents, sendJson, type ModelApi } from './server.ts';

/** OpenAI's Responses API, with a model that runs a command with a shell tool and then reports that it is done. */

interface ResponsesRequest {
  readonly model: string;
  readonly input: readonly { readonly type?: string }[];
}

/** Returns the API of the model. The model awaits `thinks` before it reports that it is done. */
export function openaiApi(key: string, command: string, thinks: () => Promise<void>): ModelApi {
  return {
    host: 'api.openai.com',
    hasKey: ({ authorization }) => authorization === `Bearer ${key}`,
    answer: async ({ method, path, body }, response) => {
      const { pathname } = new URL(path, 'https://api.openai.com');
      if (method !== 'POST' || pathname !== '/v1/responses')
        return sendJson(response, 404, { error: { message: path } });
      const request = JSON.parse(body) as ResponsesRequest;
      const isDone = request.input.some(({ type }) => type === 'custom_tool_call_output');
      if (isDone) await thinks();
      const item = isDone ? DONE : callOf(command);
      const usage = { input_tokens: 10, output_tokens: 5, total_tokens: 15 };
      const started = { id: 'resp_1', object: 'response', model: request.model };
      await sendEvents(response, [
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

const DONE = {
  type: 'message',
  id: 'msg_1',
  role: 'assistant',
  content: [{ type: 'output_text', text: 'The task is done.', annotations: [] }],
};

const callOf = (command: string) => ({
  type: 'custom_tool_call',
  id: 'ctc_1',
  status: 'completed',
  call_id: 'call_1',
  name: 'exec',
  input: scriptFor(command),
});

/** Codex has this model write programs, which call Codex's tools. */
const scriptFor = (command: string): string =>
  `text(await tools.exec_command(${JSON.stringify({ cmd: command })}));`;
