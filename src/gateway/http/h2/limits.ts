import { SETTING } from './settings.ts';
import type { WindowLimits } from './window.ts';

/** Limits for a peer's use of this connection, and the settings that announce them. */

/** The client's connection preface (RFC 9113, 3.4). */
export const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

/** Maximum of concurrent requests on one client's connection. */
export const MAX_STREAMS = 128;
/** Maximum size of a head, counted by RFC 9113, 6.5.2. Answers may be longer. */
export const MAX_HEAD_BYTES = { request: 32_768, answer: 65_536 } as const;

/** Window before any settings (RFC 9113, 6.9.2). */
export const INITIAL_WINDOW_BYTES = 65_535;
export const STREAM_WINDOW: WindowLimits = {
  initialBytes: 32_768,
  unsaidBytes: INITIAL_WINDOW_BYTES,
  mostBytes: 4 * 1024 ** 2,
  isPooled: true,
};
/** It delays nothing that the streams' windows allow: it reopens at once, unless too many bytes wait. */
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
