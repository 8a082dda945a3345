/** TLS alerts (RFC 8446, 6), which refuse a client before any handshake. */

const DESCRIPTION = {
  handshakeFailure: 40,
  accessDenied: 49,
  internalError: 80,
  unrecognizedName: 112,
} as const;

export type Alert = keyof typeof DESCRIPTION;

/** Returns a fatal alert as a separate, unencrypted record. */
export function alertRecord(alert: Alert): Buffer {
  return Buffer.from([21, 3, 3, 0, 2, 2, DESCRIPTION[alert]]);
}
