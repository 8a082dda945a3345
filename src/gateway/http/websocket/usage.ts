import { OutputEstimate } from '../../budget/estimate.ts';
import { createUsageReader } from '../../budget/usage.ts';
import type { TokenUsage } from '../../config.ts';
import { FIRST_CONTROL, FrameReader } from './frames.ts';
import { Waiting } from './waiting.ts';

/**
 * How many estimated tokens one stated token replaces at most. Several answers may run in parallel on a WebSocket, and
 * a short one must not make a long one free. Sound, which has the highest estimate, has three or four for each.
 */
const MOST_REPLACED = 8;

/** How a message of a model's API begins, in text or binary frames. */
const BEGINS_JSON = /^\s*[[{]/;
const BEGINNING_BYTES = 32;

/** Reads a host's frames as they pass. */
export interface FrameUsage {
  /** Reads bytes. @throws BadFrame for an invalid frame, and where too much waits */
  readonly push: (bytes: Uint8Array) => void;
  /** Call it when nothing more is read. */
  readonly forget: () => void;
}

/**
 * Counts the cost of a host's messages. OpenAI's Realtime API and its Responses API end an answer with a message that
 * states its cost, and a client may leave before that. Until then, this estimates output, as for events. Messages that
 * are not JSON, such as those of a desktop or a shell, are not a model's. `use` gets the cost beyond what was counted
 * before, which is negative after too high an estimate.
 */
export function usageOfFrames(use: (usage: TokenUsage) => void): FrameUsage {
  const frames = new FrameReader('upstream');
  const waiting = new Waiting();
  const estimate = new OutputEstimate();
  let message = createUsageReader('application/json');
  /** Estimated tokens that no statement has replaced. */
  let lasting = 0;
  /** Whether the current message is JSON. Undefined: it has not begun. */
  let isJson: boolean | undefined;
  let estimatedBefore = 0;
  const endMessage = (): void => {
    const { input, output } = message.usage() ?? { input: 0, output: 0 };
    // As with events, some APIs state only zeros until the end.
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
        // An empty frame says nothing about the following ones.
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
