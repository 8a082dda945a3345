import { Transform } from 'node:stream';
import type { Scrub } from '../../inject/scrub/scrub.ts';
import { ONE_PIECE } from '../../message/held.ts';
import type { Frame } from './frames.ts';
import { MessageReader } from './messages.ts';

/** Scrubs secrets that a host was shown from its WebSocket messages, also where a secret spans several frames. */

/** Passes frames on with their original length. Fails with `BadFrame` for an invalid frame. */
export function scrubbingFrames(scrub: Scrub): Transform {
  const messages = new MessageReader('upstream');
  return new Transform({
    highWaterMark: ONE_PIECE,
    transform(chunk: Buffer, _, done) {
      try {
        for (const frames of messages.push(chunk))
          for (const bytes of scrubbed(frames, scrub)) this.push(bytes);
        done();
      } catch (error) {
        done(error as Error);
      }
    },
    destroy(error, done) {
      messages.forget();
      done(error);
    },
  });
}

/** Returns the frames of one message, scrubbed as a whole. Lengths do not change. */
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
