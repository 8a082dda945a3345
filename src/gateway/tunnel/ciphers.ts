import { DEFAULT_CIPHERS } from 'node:tls';

/** The one of TLS 1.3 that every side must have (RFC 8446, 9.1), and browsers prefer. */
const FIRST = 'TLS_AES_128_GCM_SHA256';

/** Node's own suites, but AES with keys of 128 bits before that with 256, which takes longer for each body (docs/adr/0165). */
export const CIPHERS = [FIRST, ...DEFAULT_CIPHERS.split(':').filter((name) => name !== FIRST)].join(':');
