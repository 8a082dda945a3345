import type { TokenUsage } from '../config.ts';
import { EventData } from './event-data.ts';
import { JsonNumbers } from './json-numbers.ts';

/** What a model's answer says of its tokens, read as it passes. */
export interface UsageReader {
  /** The next bytes of the answer's body, without content coding. */
  push(bytes: Uint8Array): void;
  /** As far as it was stated; undefined where nothing was. */
  usage(): TokenUsage | undefined;
}

/**
 * Where usage stands. Anthropic's Messages API: `usage` in an answer and in `message_delta`, `message.usage` in
 * `message_start`. OpenAI: `usage` in chat completions, their last chunk and responses, `response.usage` in
 * `response.completed`.
 */
const PLACES = ['usage', 'message.usage', 'response.usage'];

/** Of one answer, as it counts for a budget. Anthropic's tokens from and to a cache are not among its input tokens; OpenAI's are. */
const MEANING = {
  input_tokens: 'input',
  prompt_tokens: 'input',
  cache_creation_input_tokens: 'cacheWritten',
  cache_read_input_tokens: 'cacheRead',
  output_tokens: 'output',
  completion_tokens: 'output',
} as const;

type Meaning = (typeof MEANING)[keyof typeof MEANING];

const MEANING_AT: ReadonlyMap<string, Meaning> = new Map(
  PLACES.flatMap((place) =>
    Object.entries(MEANING).map(([name, meaning]): [string, Meaning] => [`${place}.${name}`, meaning]),
  ),
);

/** A reader for an answer of this content type; one that finds nothing where it is neither JSON nor events. */
export function createUsageReader(contentType: string): UsageReader {
  const counts = { input: 0, cacheWritten: 0, cacheRead: 0, output: 0 };
  let isStated = false;
  const numbers = new JsonNumbers((path, value) => {
    const meaning = MEANING_AT.get(path);
    if (meaning === undefined || !Number.isSafeInteger(value) || value < 0) return;
    isStated = true;
    // What is stated again is the sum so far.
    counts[meaning] = Math.max(counts[meaning], value);
  });
  return {
    push: pushFor(contentType, numbers),
    usage: () => {
      const { input, cacheWritten, cacheRead, output } = counts;
      return isStated ? { input: input + cacheWritten + cacheRead, output } : undefined;
    },
  };
}

function pushFor(contentType: string, numbers: JsonNumbers): UsageReader['push'] {
  const [type = ''] = contentType.toLowerCase().split(';');
  if (/^application\/(?:[\w.-]+\+)?json\s*$/.test(type.trim())) return (bytes) => numbers.push(bytes);
  if (type.trim() !== 'text/event-stream') return () => undefined;
  const events = new EventData({ data: (bytes) => numbers.push(bytes), over: () => numbers.begin() });
  return (bytes) => events.push(bytes);
}
