import type { Readable } from 'node:stream';
import type { Finding } from '../dlp/finding.ts';

/** Content of requests on its way: its findings, and the room that all of it takes. */

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

/**
 * Most bytes of content that has arrived and not left, over all requests of the gateway: such content is not part of
 * V8's heap, and no limit of Node's counts it. On its way to a host that does not read, each byte is in memory some
 * three times: as received, joined, and encrypted. Ten parts of an upload to S3 at a time, of 8 MiB each, fit.
 */
export const MOST_ROOM_BYTES = 96 * 1024 ** 2;

export const NO_ROOM = 'the bottle sends too many bodies at once';

let takenBytes = 0;

/** Takes room for this many bytes until `giveRoom`. Returns false, and takes none, if there is not enough. */
export function takeRoom(bytes: number): boolean {
  if (takenBytes + bytes > MOST_ROOM_BYTES) return false;
  takenBytes += bytes;
  return true;
}

/** Gives back room that was taken. */
export function giveRoom(bytes: number): void {
  takenBytes -= bytes;
}
