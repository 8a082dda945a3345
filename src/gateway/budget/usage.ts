import type { TokenUsage } from '../config.ts';
import { OutputEstimate } from './estimate.ts';
import { EventData } from './event-data.ts';
import { JsonNumbers } from './json-numbers.ts';

/** Reads the token usage that a model's answer states, as it passes. */
export interface UsageReader {
  /** Takes the next bytes of the answer's body, without content coding. */
  push(bytes: Uint8Array): void;
  /** Returns the stated usage, plus an estimate where wanted. Undefined where there is neither. */
  usage(): TokenUsage | undefined;
}

/**
 * Where an answer states its usage. Anthropic's Messages API: `usage` in an answer and in `message_delta`,
 * `message.usage` in `message_start`. OpenAI: `usage` in chat completions, their last chunk and responses,
 * `response.usage` in `response.completed`. Bedrock's Converse: `usage`. Gemini: `usageMetadata` in an answer, and in
 * each event or item of a list; its CLI gets them in `response`.
 */
const PLACES = ['usage', 'message.usage', 'response.usage'];
const PLACES_OF_GEMINI = ['usageMetadata', 'response.usageMetadata'];

/**
 * Meanings of the members for a budget. At Anthropic and Bedrock, the input excludes tokens from and to a cache. At
 * others it includes them, also where a proxy in front of Anthropic's models answers in OpenAI's format
 * (BerriAI/litellm issue 15945).
 */
const MEANING = {
  input_tokens: 'input',
  prompt_tokens: 'prompt',
  inputTokens: 'input',
  cache_creation_input_tokens: 'cacheWritten',
  cacheWriteInputTokens: 'cacheWritten',
  cache_read_input_tokens: 'cacheRead',
  cacheReadInputTokens: 'cacheRead',
  output_tokens: 'output',
  completion_tokens: 'output',
  outputTokens: 'output',
} as const;
const MEANING_OF_GEMINI = {
  promptTokenCount: 'prompt',
  candidatesTokenCount: 'output',
  thoughtsTokenCount: 'thoughts',
  /** Includes tokens that tools have added to the prompt, among others. */
  totalTokenCount: 'total',
} as const;

type Meaning =
  | (typeof MEANING)[keyof typeof MEANING]
  | (typeof MEANING_OF_GEMINI)[keyof typeof MEANING_OF_GEMINI];

const MEANING_AT: ReadonlyMap<string, Meaning> = new Map([
  ...meaningsAt(PLACES, MEANING),
  ...meaningsAt(PLACES_OF_GEMINI, MEANING_OF_GEMINI),
]);

function meaningsAt(
  places: readonly string[],
  meanings: Readonly<Record<string, Meaning>>,
): [string, Meaning][] {
  return places.flatMap((place) =>
    Object.entries(meanings).map(([name, meaning]): [string, Meaning] => [`${place}.${name}`, meaning]),
  );
}

/** Members that state the cost of a stream so far. */
const OF_OUTPUT: ReadonlySet<Meaning> = new Set(['output', 'thoughts', 'total']);

export interface UsageOptions {
  /** Whether to estimate output that a stream of events has not stated yet, or never states. */
  readonly estimates?: boolean;
}

/** Returns a reader for an answer of this content type. It finds nothing where that is neither JSON nor events. */
export function createUsageReader(
  contentType: string,
  { estimates = false }: UsageOptions = {},
): UsageReader {
  const counts: Record<Meaning, number> = {
    input: 0,
    prompt: 0,
    cacheWritten: 0,
    cacheRead: 0,
    output: 0,
    thoughts: 0,
    total: 0,
  };
  let isStated = false;
  const estimate = new OutputEstimate();
  const numbers = new JsonNumbers((path, value) => {
    const meaning = MEANING_AT.get(path);
    if (meaning === undefined || !Number.isSafeInteger(value) || value < 0) return;
    isStated = true;
    // Repeated statements are sums so far. Some APIs state only zeros until the end.
    if (OF_OUTPUT.has(meaning) && value > 0) estimate.stated();
    counts[meaning] = Math.max(counts[meaning], value);
  });
  return {
    push: pushFor(contentType, numbers, estimate),
    usage: () => {
      const input = Math.max(counts.prompt, counts.input + counts.cacheWritten + counts.cacheRead);
      const stated = Math.max(counts.output + counts.thoughts, counts.total - input);
      const unstated = estimates ? estimate.tokens : 0;
      return isStated || unstated > 0 ? { input, output: stated + unstated } : undefined;
    },
  };
}

function pushFor(contentType: string, numbers: JsonNumbers, estimate: OutputEstimate): UsageReader['push'] {
  const [type = ''] = contentType.toLowerCase().split(';');
  if (/^application\/(?:[\w.-]+\+)?json\s*$/.test(type.trim())) return (bytes) => numbers.push(bytes);
  if (type.trim() !== 'text/event-stream') return () => undefined;
  const events = new EventData({
    data: (bytes) => {
      estimate.data(bytes.length);
      numbers.push(bytes);
    },
    over: () => {
      estimate.over();
      numbers.begin();
    },
  });
  return (bytes) => events.push(bytes);
}
