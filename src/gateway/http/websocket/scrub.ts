import { Transform } from 'node:stream';
import type { Scrub } from '../../inject/scrub.ts';
import { BadFrame, FrameReader, MAX_MESSAGE_BYTES, type Frame } from './frames.ts';

/** What a host says over a WebSocket, without the secrets that it was shown: message by message, also where one is cut into frames. */

const FIRST_CONTROL = 8;
/** What a frame takes besides its bytes. */
const FRAME_COST_BYTES = 256;

/** Passes frames on, each as long as it was; breaks with `BadFrame` for what is none. */
export function scrubbingFrames(scrub: Scrub): Transform {
  const reader = new FrameReader('host');
  let message: Frame[] = [];
  let length = 0;
  const take = (frame: Frame): readonly Buffer[] => {
    if (frame.opcode >= FIRST_CONTROL) return scrubbed([frame], scrub);
    message.push(frame);
    length += frame.bytes.length + FRAME_COST_BYTES;
    if (length > MAX_MESSAGE_BYTES) throw new BadFrame('belongs to a message that is too long');
    if (!frame.isFinal) return [];
    const whole = message;
    [message, length] = [[], 0];
    return scrubbed(whole, scrub);
  };
  return new Transform({
    transform(chunk: Buffer, _, done) {
      try {
        for (const frame of reader.push(chunk)) for (const bytes of take(frame)) this.push(bytes);
        done();
      } catch (error) {
        done(error as Error);
      }
    },
  });
}

/** The frames of one message, with what it says scrubbed as a whole: lengths stay. */
function scrubbed(frames: readonly Frame[], scrub: Scrub): readonly Buffer[] {
  const stream = scrub.stream();
  const said = Buffer.concat([
    stream.push(Buffer.concat(frames.map(({ payload }) => payload))),
    stream.end(),
  ]);
  let at = 0;
  return frames.map(({ bytes, payload }) => {
    const head = bytes.subarray(0, bytes.length - payload.length);
    at += payload.length;
    return Buffer.concat([head, said.subarray(at - payload.length, at)]);
  });
}
