import type { TokenUsage } from '../config.ts';
import { OutputEstimate } from './estimate.ts';
import { JsonNumbers } from './json-numbers.ts';

/** The field name before an event's data. */
const FIELD = Buffer.from('data:');
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

interface EventHandlers {
  /** Called with a piece of an event's data. */
  readonly data: (bytes: Uint8Array) => void;
  /** Called at the end of an event. */
  readonly over: () => void;
}

/**
 * Parses the data of server-sent events as they pass, in pieces as long as the arrived part of a line, without a
 * buffer. WHATWG HTML, 9.2.6. Skips comments and other fields.
 */
class EventData {
  readonly #handlers: EventHandlers;
  /** How many bytes of `FIELD` the line has started with so far. -1 in a line of another field. */
  #matched = 0;
  #isEmpty = true;
  /** A line feed after a carriage return does not end another line. */
  #isAfterReturn = false;

  constructor(handlers: EventHandlers) {
    this.#handlers = handlers;
  }

  push(bytes: Uint8Array): void {
    let from = 0;
    for (let at = 0; at < bytes.length; at += 1) {
      if (this.#isInData) at = restOfLine(bytes, at);
      const byte = bytes[at];
      const isLineEnd = byte === LINE_FEED || byte === CARRIAGE_RETURN;
      if (byte === LINE_FEED && this.#isAfterReturn) from = at + 1;
      else if (isLineEnd) from = this.#endLine(bytes.subarray(from, at), at);
      else if (!this.#isInData) from = this.#match(byte, at);
      this.#isAfterReturn = byte === CARRIAGE_RETURN;
    }
    this.#give(bytes.subarray(from));
  }

  get #isInData(): boolean {
    return this.#matched === FIELD.length;
  }

  #give(bytes: Uint8Array): void {
    if (this.#isInData && bytes.length > 0) this.#handlers.data(bytes);
  }

  /** Returns the start of the next line. */
  #endLine(rest: Uint8Array, at: number): number {
    this.#give(rest);
    if (this.#isEmpty) this.#handlers.over();
    [this.#matched, this.#isEmpty] = [0, true];
    return at + 1;
  }

  /** Returns the possible start of data. */
  #match(byte: number | undefined, at: number): number {
    this.#isEmpty = false;
    this.#matched = this.#matched >= 0 && byte === FIELD[this.#matched] ? this.#matched + 1 : -1;
    return at + 1;
  }
}

/** Returns the end of the line, or of the bytes. */
function restOfLine(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] !== LINE_FEED && bytes[at] !== CARRIAGE_RETURN) at += 1;
  return at;
}

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
