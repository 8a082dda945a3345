import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runs } from '../../../test/support/runs.ts';
import type { TokenUsage } from '../config.ts';
import { createUsageReader } from './usage.ts';

/** The usage of an answer that arrives in pieces of this many bytes. */
function read(contentType: string, body: string, pieceBytes = Infinity): TokenUsage | undefined {
  const reader = createUsageReader(contentType);
  const bytes = Buffer.from(body);
  for (let at = 0; at < bytes.length; at += pieceBytes) reader.push(bytes.subarray(at, at + pieceBytes));
  return reader.usage();
}

const JSON_TYPE = 'application/json; charset=utf-8';
const EVENTS = 'text/event-stream; charset=utf-8';
const events = (list: readonly object[], end = '\n'): string =>
  list.map((data) => `event: x${end}data: ${JSON.stringify(data)}${end}${end}`).join('');

/** Text of a model that contradicts the API's statement. */
const LIE = '{"usage":{"input_tokens":9999,"output_tokens":9999}} \\" {[';

const ANTHROPIC_USAGE = {
  input_tokens: 10,
  cache_creation_input_tokens: 200,
  cache_read_input_tokens: 3_000,
  cache_creation: { ephemeral_5m_input_tokens: 200, ephemeral_1h_input_tokens: 0 },
  service_tier: 'standard',
};
const MESSAGE = {
  id: 'msg_1',
  type: 'message',
  content: [
    { type: 'text', text: LIE },
    {
      type: 'tool_use',
      input: { usage: { output_tokens: 777 }, message: { usage: { output_tokens: 777 } } },
    },
  ],
  usage: { ...ANTHROPIC_USAGE, output_tokens: 44 },
};
const STREAMED = [
  {
    type: 'message_start',
    message: { type: 'message', content: [], usage: { ...ANTHROPIC_USAGE, output_tokens: 1 } },
  },
  { type: 'ping' },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: LIE } },
  { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 20 } },
  {
    type: 'message_delta',
    delta: { stop_reason: 'end_turn' },
    usage: { input_tokens: null, output_tokens: 44 },
  },
  { type: 'message_stop' },
];
const COMPLETION = {
  object: 'chat.completion',
  choices: [{ message: { role: 'assistant', content: LIE } }],
  usage: {
    prompt_tokens: 19,
    completion_tokens: 10,
    total_tokens: 29,
    prompt_tokens_details: { cached_tokens: 5 },
    completion_tokens_details: { reasoning_tokens: 3 },
  },
};
const CHUNKS = [
  { object: 'chat.completion.chunk', choices: [{ delta: { content: LIE } }], usage: null },
  { object: 'chat.completion.chunk', choices: [], usage: COMPLETION.usage },
];
const RESPONSE = {
  object: 'response',
  output: [{ content: [{ text: LIE }] }],
  usage: {
    input_tokens: 36,
    input_tokens_details: { cached_tokens: 30 },
    output_tokens: 87,
    total_tokens: 123,
  },
};
const RESPONSE_EVENTS = [
  { type: 'response.created', response: { ...RESPONSE, output: [], usage: null } },
  { type: 'response.output_text.delta', delta: LIE },
  { type: 'response.completed', response: RESPONSE },
];

/** Events of Gemini's API and, within `response`, of its CLI's API. The candidates' tokens exclude thoughts. */
const GEMINI = {
  candidates: [{ content: { parts: [{ text: LIE }] } }],
  usageMetadata: {
    promptTokenCount: 30,
    cachedContentTokenCount: 20,
    candidatesTokenCount: 40,
    thoughtsTokenCount: 100,
    totalTokenCount: 170,
  },
};
const GEMINI_EVENTS = [
  { candidates: [], usageMetadata: { promptTokenCount: 30, thoughtsTokenCount: 60, totalTokenCount: 90 } },
  { candidates: [], usageMetadata: { promptTokenCount: 30, candidatesTokenCount: 10, totalTokenCount: 100 } },
  GEMINI,
];
const CONVERSE = {
  output: { message: { content: [{ text: LIE }] } },
  usage: { inputTokens: 10, cacheReadInputTokens: 200, cacheWriteInputTokens: 3_000, outputTokens: 44 },
};

const ANSWERS: readonly (readonly [string, string, string, TokenUsage])[] = [
  ['Anthropic, whole', JSON_TYPE, JSON.stringify(MESSAGE), { input: 3_210, output: 44 }],
  ['Anthropic, indented', JSON_TYPE, JSON.stringify(MESSAGE, null, 2), { input: 3_210, output: 44 }],
  ['Anthropic, streamed', EVENTS, events(STREAMED), { input: 3_210, output: 44 }],
  ['Anthropic, streamed with CR LF', EVENTS, events(STREAMED, '\r\n'), { input: 3_210, output: 44 }],
  ['Anthropic, streamed with CR', EVENTS, events(STREAMED, '\r'), { input: 3_210, output: 44 }],
  ['Anthropic, broken off', EVENTS, events(STREAMED.slice(0, 3)), { input: 3_210, output: 1 }],
  ['OpenAI chat, whole', JSON_TYPE, JSON.stringify(COMPLETION), { input: 19, output: 10 }],
  ['OpenAI chat, streamed', EVENTS, `${events(CHUNKS)}data: [DONE]\n\n`, { input: 19, output: 10 }],
  [
    'OpenAI chat by a proxy that tells Anthropic’s caches',
    JSON_TYPE,
    JSON.stringify({
      usage: { ...COMPLETION.usage, cache_read_input_tokens: 15, cache_creation_input_tokens: 2 },
    }),
    { input: 19, output: 10 },
  ],
  ['OpenAI responses, whole', JSON_TYPE, JSON.stringify(RESPONSE), { input: 36, output: 87 }],
  ['OpenAI responses, streamed', EVENTS, events(RESPONSE_EVENTS), { input: 36, output: 87 }],
  ['Gemini, whole', JSON_TYPE, JSON.stringify(GEMINI), { input: 30, output: 140 }],
  ['Gemini, as a list', JSON_TYPE, JSON.stringify(GEMINI_EVENTS, null, 1), { input: 30, output: 140 }],
  ['Gemini, streamed', EVENTS, events(GEMINI_EVENTS), { input: 30, output: 140 }],
  ['Gemini, broken off', EVENTS, events(GEMINI_EVENTS.slice(0, 1)), { input: 30, output: 60 }],
  ['Gemini’s CLI', EVENTS, events([{ response: GEMINI }]), { input: 30, output: 140 }],
  ['Bedrock Converse', JSON_TYPE, JSON.stringify(CONVERSE), { input: 3_210, output: 44 }],
];

describe.each(ANSWERS)('usage of %s', (...[, type, body, usage]) => {
  test.each([1, 2, 7, 64, Infinity])('is found in pieces of %d bytes', (pieceBytes) => {
    expect(read(type, body, pieceBytes)).toEqual(usage);
  });
});

test('the reader joins the data lines of one event', () => {
  const body = 'data: {"usage":\ndata: {"output_tokens":\ndata: 4},"x":1}\n\n';
  expect(read(EVENTS, body)).toEqual({ input: 0, output: 4 });
  expect(read(EVENTS, body.replaceAll('\n', '\r\n'))).toEqual({ input: 0, output: 4 });
});

test('the reader skips comments, other fields and text that only looks like data', () => {
  const usage = '{"usage":{"output_tokens":4}}';
  const body = [`: data: ${usage}`, `id: ${usage}`, `xdata: ${usage}`, ` data: ${usage}`, `datum:${usage}`];
  expect(read(EVENTS, `${body.join('\n')}\n\n`)).toBeUndefined();
  expect(read(EVENTS, `data:${usage}\n\n`)).toEqual({ input: 0, output: 4 });
});

test('a malformed event does not spoil the next one', () => {
  const body = `data: {"text":"never closed\n\n${events([{ usage: { output_tokens: 4 } }])}`;
  expect(read(EVENTS, body)).toEqual({ input: 0, output: 4 });
});

test.each([
  ['text/plain', JSON.stringify(MESSAGE)],
  ['', JSON.stringify(MESSAGE)],
  [JSON_TYPE, '{"usage":{"output_tokens":"7"}}'],
  [JSON_TYPE, '{"usage":{"output_tokens":-7}}'],
  [JSON_TYPE, '{"usage":{"output_tokens":1e999}}'],
  [JSON_TYPE, '{"usage":{"output_tokens":1.5}}'],
  [JSON_TYPE, '[[{"usage":{"output_tokens":7}}]]'],
  [JSON_TYPE, '{"a":{"usage":{"output_tokens":7}}}'],
  [JSON_TYPE, '{"usage":[{"output_tokens":7}]}'],
  [JSON_TYPE, '{"choices":[]}'],
])('%s: %s contains no usage', (type, body) => {
  expect(read(type, body)).toBeUndefined();
});

test('the reader also reads other types of JSON', () => {
  expect(read('Application/Problem+JSON', '{"usage":{"output_tokens":7}}')).toEqual({ input: 0, output: 7 });
});

describe('the reader estimates the output of a stream that has not stated it yet, if asked', () => {
  const estimated = (body: string, pieceBytes = Infinity, contentType = EVENTS): TokenUsage | undefined => {
    const reader = createUsageReader(contentType, { estimates: true });
    const bytes = Buffer.from(body);
    for (let at = 0; at < bytes.length; at += pieceBytes) reader.push(bytes.subarray(at, at + pieceBytes));
    return reader.usage();
  };
  /** As long as the API's real chunks. */
  const chunk = {
    id: 'chatcmpl-CkzJ4mTq0vYtqR8Yl0s1mV7bXo2fA',
    object: 'chat.completion.chunk',
    created: 1_764_518_400,
    model: 'gpt-4o-2024-08-06',
    service_tier: 'default',
    system_fingerprint: 'fp_b54fe76834',
    choices: [{ index: 0, delta: { content: ' token' }, logprobs: null, finish_reason: null }],
  };
  const delta = { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: ' some words' } };
  const many = <Data>(data: Data): Data[] => Array.from({ length: 400 }, () => data);

  describe.each([1, 7, 4_096, Infinity])('in pieces of %d bytes', (pieceBytes) => {
    test('a stream of OpenAI, which states usage only on request, is estimated', () => {
      const body = `${events(many(chunk))}data: [DONE]\n\n`;
      expect(estimated(body, pieceBytes)).toEqual({ input: 0, output: 400 });
    });

    test('a stream of Anthropic that breaks off is estimated', () => {
      const list = [STREAMED[0] ?? {}, ...many(delta)];
      expect(estimated(events(list), pieceBytes)).toEqual({ input: 3_210, output: 401 });
    });

    test.each(ANSWERS.filter(([name, type]) => type === EVENTS && name !== 'Anthropic, broken off'))(
      '%s: stated usage replaces the earlier estimate',
      (...[, type, body, usage]) => {
        expect(estimated(body, pieceBytes, type)).toEqual(usage);
        expect(estimated(events(many(chunk)) + body, pieceBytes, type)).toEqual(usage);
      },
    );
  });

  test('a stream whose events all state zeros is estimated', () => {
    const body = events(many({ ...chunk, usage: { prompt_tokens: 0, completion_tokens: 0 } }));
    expect(estimated(body)).toEqual({ input: 0, output: 400 });
  });

  test('the length of an event determines its estimate, and events without text cost nothing', () => {
    const weights = [10, 63, 64, 1_023, 1_024, 10_240].map((bytes) => estimated(`data:${'x'.repeat(bytes)}`));
    expect(weights.map((usage) => usage?.output)).toEqual([undefined, undefined, 1, 1, 2, 11]);
    const signs = [{ type: 'ping' }, { type: 'content_block_stop', index: 0 }, { type: 'message_stop' }];
    expect(estimated(`${events(signs)}data: [DONE]\n\n`)).toBeUndefined();
  });

  test('an event that states usage costs its text even if it is long and incomplete', () => {
    const pad = 'x'.repeat(10_000);
    const body = `data: {"a":"${pad}","usage":{"completion_tokens":9},"b":"${pad}"`;
    for (const size of [1, 100, Infinity]) expect(estimated(body, size)).toEqual({ input: 0, output: 9 });
  });

  test('comments and event names cost nothing, and neither does content that is not a stream', () => {
    expect(
      estimated(`: ${'x'.repeat(10_000)}\nevent: ${'x'.repeat(10_000)}\n\ndata: ok\n\n`),
    ).toBeUndefined();
    expect(estimated(JSON.stringify(many(delta)), Infinity, JSON_TYPE)).toBeUndefined();
    expect(read(EVENTS, events(many(chunk)))).toBeUndefined();
  });
});

test('the reader never throws, and its result does not depend on how the input is cut', () => {
  const garbage = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.json({ maxDepth: 6 }).map((text) => Buffer.from(text)),
    fc
      .string({ unit: fc.constantFrom(...Array.from('{}[]",:\\\n\r de1-')) })
      .map((text) => Buffer.from(`data:${text}`)),
  );
  fc.assert(
    fc.property(garbage, fc.integer({ min: 1, max: 20 }), (bytes, size) => {
      for (const [type, estimates] of [
        [JSON_TYPE, false],
        [EVENTS, false],
        [EVENTS, true],
      ] as const) {
        const [whole, inPieces] = [
          createUsageReader(type, { estimates }),
          createUsageReader(type, { estimates }),
        ];
        whole.push(bytes);
        for (let at = 0; at < bytes.length; at += size) inPieces.push(bytes.subarray(at, at + size));
        expect(inPieces.usage()).toEqual(whole.usage());
      }
    }),
    { numRuns: runs(300) },
  );
});

test('the reader finds the same usage as JSON.parse, anywhere in an answer', () => {
  const count = fc.nat(1_000_000);
  const rest = fc.dictionary(
    fc.string({ maxLength: 8 }).filter((key) => !['usage', '__proto__'].includes(key)),
    fc.jsonValue({ maxDepth: 4 }).filter((value) => !JSON.stringify(value).includes('usage')),
    { maxKeys: 4 },
  );
  fc.assert(
    fc.property(fc.tuple(rest, rest), count, count, ([before, after], input, output) => {
      const answer = { ...before, usage: { input_tokens: input, output_tokens: output }, ...after };
      expect(read(JSON_TYPE, JSON.stringify(answer))).toEqual({ input, output });
    }),
  );
});
