import { Transform } from 'node:stream';
import { withoutCutting, type Actions } from '../../dlp/actions.ts';
import type { Finding, Inspector } from '../../dlp/finding.ts';
import { Blocked } from '../../screen/room.ts';
import { ONE_PIECE } from '../../message/held.ts';
import { maskAnew } from './mask.ts';
import { MessageReader } from './messages.ts';

/**
 * Inspects what a client sends over a WebSocket, message by message: nothing of one passes before its whole inspection.
 */

export interface FrameFacts {
  readonly inspector: Inspector;
  readonly host: string;
  readonly action: Actions;
}

/**
 * Passes frames on with a new mask. Fails with `Blocked` for a blocked message, and with `BadFrame` for an invalid
 * frame.
 */
export function inspectFrames({ inspector, host, action }: FrameFacts): Transform {
  const messages = new MessageReader('client');
  const look = (payloads: readonly Buffer[]): void => {
    // Each frame passes with its original length, so a message from which something would be cut is blocked instead.
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
  return new Transform({
    highWaterMark: ONE_PIECE,
    transform(chunk: Buffer, _, done) {
      try {
        for (const frames of messages.push(chunk)) {
          look(frames.map(({ payload }) => payload));
          for (const frame of frames) this.push(maskAnew(frame));
        }
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
