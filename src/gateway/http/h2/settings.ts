import { ConnectionFault } from './faults.ts';
import type { Frame } from './frames/frame.ts';
import type { WindowLimits } from './window.ts';

/** Settings of one side (RFC 9113, 6.5). */

export const SETTING = {
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
  maxHeaderListSize: 6,
  /** Defined in RFC 8441, 3. */
  enableConnectProtocol: 8,
} as const;

/** The peer's settings that matter here. Its header table does not, because this side sends nothing that uses it. */
export interface PeerSettings {
  readonly maxConcurrentStreams: number;
  readonly initialWindowSize: number;
}

/** Defaults before the peer's settings. RFC 9113, 6.5.2, sets no limit for streams, and recommends at least 100. */
export const PEER_DEFAULTS: PeerSettings = { maxConcurrentStreams: 100, initialWindowSize: 65_535 };

const SETTING_BYTES = 6;
export const MAX_WINDOW = 2 ** 31 - 1;
/** Maximum of settings in a frame, which exceeds the number of kinds, including unknown ones. */
const MAX_SETTINGS = 64;

/** Returns the settings after this frame. @throws ConnectionFault for invalid values */
export function readSettings({ payload }: Frame, before: PeerSettings): PeerSettings {
  if (payload.length % SETTING_BYTES !== 0)
    throw new ConnectionFault('frameSizeError', 'a SETTINGS frame of a wrong size');
  if (payload.length > MAX_SETTINGS * SETTING_BYTES)
    throw new ConnectionFault('enhanceYourCalm', 'too many settings');
  let settings = before;
  for (let at = 0; at < payload.length; at += SETTING_BYTES)
    settings = applySetting(settings, payload.readUInt16BE(at), payload.readUInt32BE(at + 2));
  return settings;
}

function applySetting(settings: PeerSettings, setting: number, value: number): PeerSettings {
  switch (setting) {
    case SETTING.enablePush:
    case SETTING.enableConnectProtocol:
      if (value > 1) throw new ConnectionFault('protocolError', `the setting ${setting} is ${value}`);
      return settings;
    case SETTING.maxConcurrentStreams:
      return { ...settings, maxConcurrentStreams: value };
    case SETTING.initialWindowSize:
      if (value > MAX_WINDOW)
        throw new ConnectionFault('flowControlError', `an initial window of ${value} bytes`);
      return { ...settings, initialWindowSize: value };
    case SETTING.maxFrameSize:
      if (value < 16_384 || value > 16_777_215)
        throw new ConnectionFault('protocolError', `a maximum frame size of ${value} bytes`);
      return settings;
    default:
      return settings;
  }
}

/** Returns the settings as a payload, in Latin-1. */
export function writeSettings(settings: readonly (readonly [setting: number, value: number])[]): string {
  const bytes = Buffer.alloc(SETTING_BYTES * settings.length);
  for (const [index, [setting, value]] of settings.entries()) {
    bytes.writeUInt16BE(setting, SETTING_BYTES * index);
    bytes.writeUInt32BE(value, SETTING_BYTES * index + 2);
  }
  return bytes.toString('latin1');
}

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
