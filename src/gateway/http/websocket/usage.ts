import { createUsageReader } from '../../budget/usage.ts';
import type { TokenUsage } from '../../config.ts';
import { FrameReader } from './frames.ts';

const FIRST_CONTROL = 8;

/**
 * Reads what a host's messages state of their tokens, each for itself: OpenAI's Realtime API and its Responses API end an answer with
 * a message that states what it took. Gives what takes the host's bytes. @throws BadFrame for what is none
 */
export function usageOfFrames(use: (usage: TokenUsage) => void): (bytes: Uint8Array) => void {
  const frames = new FrameReader('host');
  let message = createUsageReader('application/json');
  return (bytes) => {
    for (const { opcode, isFinal, payload } of frames.push(bytes)) {
      if (opcode >= FIRST_CONTROL) continue;
      message.push(payload);
      if (!isFinal) continue;
      const usage = message.usage();
      if (usage !== undefined) use(usage);
      message = createUsageReader('application/json');
    }
  };
}
