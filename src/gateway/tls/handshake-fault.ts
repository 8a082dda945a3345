import { reasonOf } from '../../errors.ts';

/** The reason why a client's handshake failed, in words. */
export interface HandshakeFault {
  readonly rule: 'gateway.handshake' | 'gateway.not-http';
  readonly reason: string;
}

/** Reasons by the codes that Node derives from OpenSSL's reasons (nodejs.org/api/errors.html, OpenSSL error codes). */
const UNFINISHED: Readonly<Record<string, string>> = {
  ERR_TLS_HANDSHAKE_TIMEOUT: 'it did not go on in time',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'it does not trust the authority of the bottle',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: 'it does not trust the certificate',
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: 'it does not trust the certificate',
  ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE: 'it does not take certificates of this kind',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: 'it takes the certificate for expired: its clock may be wrong',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'it speaks no version of TLS from 1.2 on',
  ERR_SSL_NO_SHARED_CIPHER: 'it offers no cipher that is still good',
};

/** OpenSSL 3.2 and later use both prefixes for alerts. */
const BOTH = 'ERR_SSL_SSL/TLS_ALERT_';
const ONE = 'ERR_SSL_SSLV3_ALERT_';

/** Describes an error of `servers.open`, for the log and for advice. */
export function describeHandshake(error: unknown): HandshakeFault {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ERR_SSL_NO_APPLICATION_PROTOCOL')
    return { rule: 'gateway.not-http', reason: 'what the client wants to speak inside TLS is no HTTP' };
  // OpenSSL's message continues with file and line of its source.
  const own = error instanceof Error && 'reason' in error ? String(error.reason) : reasonOf(error);
  return {
    rule: 'gateway.handshake',
    reason: `the client did not finish the TLS handshake: ${UNFINISHED[code.replace(BOTH, ONE)] ?? own}`,
  };
}
