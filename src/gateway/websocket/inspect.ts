import { Transform } from 'node:stream';
import type { BodyInspection, Finding } from '../dlp/finding.ts';
import { FrameReader } from './frames.ts';

/** What a client says over a WebSocket, looked at frame by frame: bytes that carry a finding, and all after them, stay here. */

export interface FrameFault {
  readonly reason: string;
  readonly findings: readonly Finding[];
}

/** A stream from the client to the host; `onFault` is called once, before it breaks. `inspection`: undefined where nobody looks. */
export function inspectFrames(
  inspection: BodyInspection | undefined,
  onFault: (fault: FrameFault) => void,
): Transform {
  const reader = new FrameReader();
  const faultIn = (chunk: Buffer): FrameFault | undefined => {
    const reading = reader.read(chunk);
    if ('fault' in reading) return { reason: reading.fault, findings: [] };
    for (const piece of inspection === undefined ? [] : reading.pieces) {
      const passed = inspection?.push(piece);
      if (passed?.blocked === true)
        return { reason: 'something secret was about to leave', findings: passed.findings };
    }
    return undefined;
  };
  return new Transform({
    transform: (chunk: Buffer, _, done) => {
      const fault = faultIn(chunk);
      if (fault === undefined) return done(null, chunk);
      onFault(fault);
      done(new Error(fault.reason));
    },
  });
}
