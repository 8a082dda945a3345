import { OutputEstimate } from '../../budget/estimate.ts';
import { createUsageReader } from '../../budget/usage.ts';
import type { TokenUsage } from '../../config.ts';
import { FIRST_CONTROL, FrameReader } from './frames.ts';
import { Waiting } from './waiting.ts';

/**
 * A token that is stated takes the place of so many that were estimated. Answers may run beside each other on a WebSocket, and a short
 * one is not to make a long one free. Sound, of which the estimate is highest, has three or four for each.
 */
const MOST_REPLACED = 8;

/** What APIs of models begin a message with; in frames of text or of bytes. */
const BEGINS_JSON = /^\s*[[{]/;
const BEGINNING_BYTES = 32;

/** Reads a host's frames as they pass. */
export interface FrameUsage {
  /** @throws BadFrame for what is none, and where too much waits */
  readonly push: (bytes: Uint8Array) => void;
  /** To be called when nothing more is read. */
  readonly forget: () => void;
}

/**
 * What a host's messages cost. OpenAI's Realtime API and its Responses API end an answer with a message that states what it took, and a
 * client may leave before that: until then, output is estimated, as that of events is. What is no JSON, as of a desktop or a shell, is no
 * model's. `use` gets what is beyond what was counted before, which is less than nothing where that was estimated too high.
 */
export function usageOfFrames(use: (usage: TokenUsage) => void): FrameUsage {
  const frames = new FrameReader('upstream');
  const waiting = new Waiting();
  const estimate = new OutputEstimate();
  let message = createUsageReader('application/json');
  /** Of what was estimated, what no statement has taken the place of. */
  let lasting = 0;
  /** Of the message that comes; undefined: it has not begun. */
  let isJson: boolean | undefined;
  let estimatedBefore = 0;
  const endMessage = (): void => {
    const { input, output } = message.usage() ?? { input: 0, output: 0 };
    // As with events: some state nothing but zeros until the end.
    if (output > 0) {
      lasting = Math.max(lasting, estimatedBefore - MOST_REPLACED * (input + output));
      estimate.stated();
    }
    estimate.over();
    isJson = undefined;
    const estimated = lasting + estimate.tokens;
    const beyond = { input, output: output + estimated - estimatedBefore };
    if (beyond.input !== 0 || beyond.output !== 0) use(beyond);
    estimatedBefore = estimated;
    message = createUsageReader('application/json');
  };
  return {
    push: (bytes) => {
      for (const { opcode, isFinal, payload } of frames.push(bytes)) {
        if (opcode >= FIRST_CONTROL) continue;
        message.push(payload);
        // An empty frame says nothing of those that follow.
        if (payload.length > 0) isJson ??= BEGINS_JSON.test(payload.toString('latin1', 0, BEGINNING_BYTES));
        if (isJson === true) estimate.data(payload.length);
        if (isFinal) endMessage();
      }
      waiting.hold(frames.heldBytes);
    },
    forget: () => {
      frames.forget();
      waiting.hold(0);
    },
  };
}
