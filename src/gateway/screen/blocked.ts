import type { Readable } from 'node:stream';
import type { Finding } from '../dlp/finding.ts';

export interface HeldBody {
  /** The whole body, or a stream of it, which fails with `Blocked`. */
  readonly body: Uint8Array | Readable;
  readonly findings: readonly Finding[];
  /** Room taken for the body (room.ts), to give back when the body has left, or will not leave. */
  readonly roomBytes: number;
}

/** Something in the request may not leave. */
export class Blocked extends Error {
  readonly findings: readonly Finding[];
  constructor(findings: readonly Finding[]) {
    super('something in the request may not leave');
    this.findings = findings;
  }
}
