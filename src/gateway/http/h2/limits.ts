import { SETTING } from './settings.ts';
import type { WindowLimits } from './window.ts';

/** What a peer may have of us, and what it is told of that. */

/** RFC 9113, 3.4. */
export const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

/** Requests of one client's connection at a time. */
export const MAX_STREAMS = 128;
/** Of a head, counted as RFC 9113, 6.5.2, does. Answers may be longer. */
export const MAX_HEAD_BYTES = { request: 32_768, answer: 65_536 } as const;

/** Before anybody has said anything (RFC 9113, 6.9.2). */
export const INITIAL_WINDOW_BYTES = 65_535;
export const STREAM_WINDOW: WindowLimits = {
  initialBytes: 32_768,
  unsaidBytes: INITIAL_WINDOW_BYTES,
  mostBytes: 4 * 1024 ** 2,
  isPooled: true,
};
/** It holds nothing up that the windows of streams do not: what has come is told at once, unless too much waits. */
export const CONNECTION_WINDOW: WindowLimits = {
  initialBytes: 1024 ** 2,
  unsaidBytes: INITIAL_WINDOW_BYTES,
  mostBytes: 16 * 1024 ** 2,
  isPooled: false,
};

export const CLIENT_SETTINGS = [
  [SETTING.enablePush, 0],
  [SETTING.initialWindowSize, STREAM_WINDOW.initialBytes],
  [SETTING.maxHeaderListSize, MAX_HEAD_BYTES.answer],
] as const;

export const SERVER_SETTINGS = [
  [SETTING.maxConcurrentStreams, MAX_STREAMS],
  [SETTING.initialWindowSize, STREAM_WINDOW.initialBytes],
  [SETTING.maxHeaderListSize, MAX_HEAD_BYTES.request],
  [SETTING.enableConnectProtocol, 1],
] as const;
