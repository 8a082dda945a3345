import { Transform } from 'node:stream';
import { withoutCutting, type Actions } from '../../dlp/actions.ts';
import type { Finding, Inspector } from '../../dlp/finding.ts';
import { Blocked } from '../../screen/body.ts';
import { BadFrame, FrameReader, MAX_MESSAGE_BYTES, type Frame } from './frames.ts';
import { maskAnew } from './mask.ts';

/** What a client sends over a WebSocket, message by message: nothing of one leaves before all of it was looked at. */

const FIRST_CONTROL = 8;
/** What a frame takes besides its bytes: a message may be of empty ones. */
const FRAME_COST_BYTES = 256;

/** Of all WebSockets together: what waits for its message's end is no part of the heap, and no limit of Node's counts it. */
export const MAX_WAITING_BYTES = 64 * 1024 ** 2;
let waitingBytes = 0;

export interface FrameFacts {
  readonly inspector: Inspector;
  readonly host: string;
  readonly action: Actions;
}

/** Passes frames on, masked anew; breaks with `Blocked` for what may not leave, and with `BadFrame` for what is none. */
export function inspectFrames({ inspector, host, action }: FrameFacts): Transform {
  const reader = new FrameReader('client');
  let message: Frame[] = [];
  let length = 0;
  const look = (payloads: readonly Buffer[]): void => {
    // Frames are passed on one by one, each as long as it was: where something is to be cut out, they are not.
    const inspection = inspector.body({ host, where: 'frame', action: withoutCutting(action) });
    const findings: Finding[] = [];
    for (const step of [
      ...payloads.map((payload) => () => inspection.push(payload)),
      () => inspection.end(),
    ]) {
      const passed = step();
      findings.push(...passed.findings);
      if (passed.blocked) throw new Blocked(findings);
    }
  };
  /** The frames that may leave with this one. */
  const take = (frame: Frame): readonly Frame[] => {
    if (frame.opcode >= FIRST_CONTROL) {
      look([frame.payload]);
      return [frame];
    }
    message.push(frame);
    const size = frame.bytes.length + FRAME_COST_BYTES;
    length += size;
    waitingBytes += size;
    if (waitingBytes > MAX_WAITING_BYTES) throw new BadFrame('is one too many of messages without an end');
    if (length > MAX_MESSAGE_BYTES) throw new BadFrame('belongs to a message that is too long');
    if (!frame.isFinal) return [];
    const whole = message;
    look(whole.map(({ payload }) => payload));
    forget();
    return whole;
  };
  const forget = (): void => {
    waitingBytes -= length;
    [message, length] = [[], 0];
  };
  return new Transform({
    transform(chunk: Buffer, _, done) {
      try {
        for (const frame of reader.push(chunk)) for (const one of take(frame)) this.push(maskAnew(one));
        done();
      } catch (error) {
        done(error as Error);
      }
    },
    destroy(error, done) {
      forget();
      done(error);
    },
  });
}
