import { createUsageReader } from '../../src/gateway/budget/usage.ts';
import { must, type Target } from '../target.ts';
import { readCuts } from './cuts.ts';

/** Usage in answers: it does not depend on the pieces, and is never an invalid number. */

const seed = (type: number, text: string): Buffer =>
  Buffer.concat([Buffer.from([type, 2, 30, 90]), Buffer.from(text)]);
const TYPES = [
  'application/json',
  'text/event-stream; charset=utf-8',
  'application/problem+json',
  'text/html',
];

export const target: Target = {
  seeds: [
    seed(0, '{"id":"x","usage":{"input_tokens":12,"cache_read_input_tokens":3,"output_tokens":7}}'),
    seed(
      0,
      '{"choices":[{"text":"\\"usage\\":{\\u0022"}],"usage":{"prompt_tokens":1e2,"completion_tokens":5}}',
    ),
    seed(
      1,
      'event: message_start\r\ndata: {"message":{"usage":{"input_tokens":5}}}\n\ndata:{"usage":\ndata:{"output_tokens":9}}\r\r',
    ),
    seed(0, '[{"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":4,"totalTokenCount":9}}]'),
    seed(1, 'data: {"response":{"usage":{"output_tokens":3}}}\n\n: hello\n\ndata: [DONE]\n\n'),
  ],
  tokens: [
    '"usage":{',
    '"message":{',
    '"response":{',
    '"usageMetadata":{',
    '"thoughtsTokenCount":',
    '"totalTokenCount":',
    '"input_tokens":',
    '"output_tokens":',
    '\\u0022',
    '\ndata:',
    '\r\n\r\n',
    '{',
    '}',
    '[',
    ']',
    '1e9',
    '-1',
    '"',
    '\\',
  ],
  maxBytes: 2_048,
  run: (input) => {
    const type = TYPES[(input[0] ?? 0) % TYPES.length] ?? '';
    const { pieces, whole } = readCuts(input.subarray(1));
    const inPieces = usageOf(type, pieces);
    must(JSON.stringify(inPieces) === JSON.stringify(usageOf(type, [whole])), 'another usage in pieces');
    for (const count of Object.values(inPieces ?? {}))
      must(Number.isFinite(count) && count >= 0, 'a number of tokens that is none');
    if (type.startsWith('application/')) agreesWithJson(whole.toString(), inPieces?.output ?? 0);
  },
};

function usageOf(type: string, pieces: readonly Buffer[]): { input: number; output: number } | undefined {
  const reader = createUsageReader(type, { estimates: true });
  for (const piece of pieces) reader.push(piece);
  const usage = reader.usage();
  return usage && { input: usage.input, output: usage.output };
}

/**
 * If the text is JSON, the reader counts at least the number that JSON.parse finds; of a duplicate key, the reader
 * takes the larger.
 */
function agreesWithJson(text: string, output: number): void {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return;
  }
  const usage = (parsed as { usage?: { output_tokens?: unknown } } | null)?.usage;
  const stated = usage?.output_tokens;
  // A key with an escape is another spelling of it, which no model's server uses.
  if (typeof stated !== 'number' || !Number.isSafeInteger(stated) || text.includes('\\u')) return;
  must(output >= stated, 'JSON states more tokens than were counted');
}
