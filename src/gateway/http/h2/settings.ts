import { ConnectionFault } from './faults.ts';
import type { Frame } from './frame.ts';

/** What one side tells of itself (RFC 9113, 6.5). */

export const SETTING = {
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
  maxHeaderListSize: 6,
  /** RFC 8441, 3. */
  enableConnectProtocol: 8,
} as const;

/** What is heeded of what the peer says. What it would keep in a table is not: nothing is sent that asks for it. */
export interface PeerSettings {
  readonly maxConcurrentStreams: number;
  readonly initialWindowSize: number;
}

/** Until it has said so. RFC 9113, 6.5.2, has no limit to streams, and asks for at least 100. */
export const UNSAID: PeerSettings = { maxConcurrentStreams: 100, initialWindowSize: 65_535 };

const SETTING_BYTES = 6;
export const MAX_WINDOW = 2 ** 31 - 1;
/** So many in one frame are more than there are kinds, with unknown ones. */
const MAX_SETTINGS = 64;

/** What holds after this frame. @throws ConnectionFault for values that must not be */
export function readSettings({ payload }: Frame, before: PeerSettings): PeerSettings {
  if (payload.length % SETTING_BYTES !== 0)
    throw new ConnectionFault('frameSizeError', 'settings of no whole number');
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
      if (value > MAX_WINDOW) throw new ConnectionFault('flowControlError', `windows of ${value} bytes`);
      return { ...settings, initialWindowSize: value };
    case SETTING.maxFrameSize:
      if (value < 16_384 || value > 16_777_215)
        throw new ConnectionFault('protocolError', `frames of ${value} bytes`);
      return settings;
    default:
      return settings;
  }
}

/** As a payload, in Latin-1. */
export function writeSettings(settings: readonly (readonly [setting: number, value: number])[]): string {
  const bytes = Buffer.alloc(SETTING_BYTES * settings.length);
  for (const [index, [setting, value]] of settings.entries()) {
    bytes.writeUInt16BE(setting, SETTING_BYTES * index);
    bytes.writeUInt32BE(value, SETTING_BYTES * index + 2);
  }
  return bytes.toString('latin1');
}
