import { faultOf } from '../exchange/fault.ts';

/** Errors that end a stream or a connection of HTTP/2, and their codes. */

/** Error codes of RFC 9113, 7. */
export const CODE = {
  noError: 0,
  protocolError: 1,
  internalError: 2,
  flowControlError: 3,
  settingsTimeout: 4,
  streamClosed: 5,
  frameSizeError: 6,
  refusedStream: 7,
  cancel: 8,
  compressionError: 9,
  connectError: 10,
  enhanceYourCalm: 11,
  inadequateSecurity: 12,
  http11Required: 13,
} as const;

const NAMES: ReadonlyMap<number, string> = new Map(Object.entries(CODE).map(([name, code]) => [code, name]));

/** Returns a code in words, for people. */
export function describeCode(code: number): string {
  return NAMES.get(code) ?? `the error ${code}`;
}

/** A fault of the peer that ends its connection (RFC 9113, 5.4.1). */
export class ConnectionFault extends Error {
  readonly code: number;
  constructor(code: keyof typeof CODE, reason: string) {
    super(reason);
    this.code = CODE[code];
  }
}

/** A fault of the peer that ends one stream (RFC 9113, 5.4.2). */
export class StreamFault extends Error {
  readonly code: number;
  constructor(code: keyof typeof CODE, reason: string) {
    super(reason);
    this.code = CODE[code];
  }
}

/**
 * Why a request of a stream that ended early can be repeated. `unprocessed`: the peer has reported that it did nothing
 * (RFC 9113, 8.7); `old`: it wants HTTP/1.1; `lost`: its connection is gone, and the state is unknown.
 */
export type Repeatable = 'unprocessed' | 'old' | 'lost';

/** A stream that ended early. */
export class StreamBroken extends Error {
  readonly repeatable: Repeatable | undefined;
  constructor(reason: string, repeatable?: Repeatable) {
    super(reason);
    this.repeatable = repeatable;
  }
}

/** The connection closed without an error code. */
export const closedBy = (side: 'client' | 'upstream'): StreamBroken =>
  new StreamBroken(`the ${side} closed the connection`, 'lost');

/** Returns the error of streams for an error of the connection to a host. */
export const lostBy = (error: unknown): StreamBroken => new StreamBroken(faultOf(error), 'lost');

/** Meanings of a reset's code for repetition. */
export const REPEATABLE: Readonly<Record<number, Repeatable>> = {
  [CODE.refusedStream]: 'unprocessed',
  [CODE.http11Required]: 'old',
};
