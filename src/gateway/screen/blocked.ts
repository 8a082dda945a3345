import type { Readable } from 'node:stream';
import type { Finding } from '../dlp/finding.ts';

export interface HeldBody {
  /** All of it, or a stream of it, which breaks with `Blocked`. */
  readonly body: Uint8Array | Readable;
  readonly findings: readonly Finding[];
  /** Room that was taken for it (room.ts), to be given back when it has left, or will not. */
  readonly roomBytes: number;
}

/** Something in what was sent may not leave. */
export class Blocked extends Error {
  readonly findings: readonly Finding[];
  constructor(findings: readonly Finding[]) {
    super('something in the request may not leave');
    this.findings = findings;
  }
}
