/** RFC 8446, 6: how a TLS client is told, before any handshake, that there will be none. */

const DESCRIPTION = {
  handshakeFailure: 40,
  accessDenied: 49,
  internalError: 80,
  unrecognizedName: 112,
} as const;

export type Alert = keyof typeof DESCRIPTION;

/** A fatal alert as a record of its own, in the clear. */
export function alertRecord(alert: Alert): Buffer {
  return Buffer.from([21, 3, 3, 0, 2, 2, DESCRIPTION[alert]]);
}
